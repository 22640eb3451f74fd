import type { Claim } from '../core/delivery/claim.ts';
import type { Connected, Session } from '../core/delivery/session.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { TlsWord } from '../core/smtp/transaction.ts';
import { deliver } from '../delivery/deliver.ts';
import type { DeliverPorts } from '../delivery/ports.ts';
import type { Route } from '../delivery/route.ts';
import { createReachability } from '../delivery/reachability.ts';
import { sessionPool } from '../delivery/session-pool.ts';
import type { Prober } from './check-sessions.ts';

export interface DryOptions {
  readonly probe: Prober;
  readonly limits: DeliverPorts['limits'];
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What would become of mail. */
export interface DryOutcome extends Pick<DeliveryStatus, 'outcome' | 'dsn' | 'reason'> {
  readonly relay?: string;
  readonly word?: TlsWord;
  /** Milliseconds after which it would go in clear. */
  readonly inClearAfterMs?: number;
}

/**
 * Delivers a message that does not exist, by the code that delivers mail, in sessions that take everything: the hosts
 * were only asked as far as the greeting within TLS. What they would say of a sender, a recipient or the content is not
 * known.
 */
export async function dryDelivery(route: Route, options: DryOptions): Promise<DryOutcome> {
  switch (route.kind) {
    case 'wait':
      return { outcome: 'deferred', dsn: '4.7.5', reason: route.reason };
    case 'trouble': {
      const { outcome, dsn, reason } = route.status;
      return { outcome, dsn, reason };
    }
    case 'route': {
      const first = await attempt(route, 0, options);
      if (first.outcome !== 'deferred') return first;
      const { clearAfterMs } = options.limits;
      const later = await attempt(route, clearAfterMs, options);
      return later.outcome === 'sent' ? { ...first, inClearAfterMs: clearAfterMs } : first;
    }
  }
}

/** @param ageMs how long the message has waited */
async function attempt(
  route: Extract<Route, { kind: 'route' }>,
  ageMs: number,
  { probe, limits, now, signal }: DryOptions,
): Promise<DryOutcome> {
  let taken: Session | undefined;
  const ports: DeliverPorts = {
    async dial(candidate) {
      const open = async (policy: Parameters<Prober>[1], nextHop: string): Promise<Connected> => {
        const { connected } = await probe(candidate, policy, nextHop);
        return connected.kind === 'open'
          ? { kind: 'open', session: taking(connected.session, (session) => (taken = session)) }
          : connected;
      };
      return { kind: 'open', connection: { open, close: () => {} } };
    },
    reachability: createReachability(now),
    // What was not probed yet is dialled now, and nobody waits for a reply that decides between two.
    headStartMs: 24 * 3_600_000,
    log: () => {},
    now,
    limits,
    ambiguous: 'resend',
  };
  const pool = sessionPool({ reuse: false, idleMs: 0, ageMs: 0, count: 1 }, now);
  const [attempted] = await deliver(claimOf(now() - ageMs), route, { pool, ports, signal });
  if (attempted === undefined) throw new Error('a delivery without an outcome');
  const { outcome, dsn, reason } = attempted.status;
  if (outcome !== 'sent' || taken === undefined) return { outcome, dsn, reason };
  return { outcome, dsn, reason, relay: taken.relay, ...(taken.tls && { word: taken.tls.word }) };
}

/** The facts of a session that has ended; it takes what it is offered. */
function taking(session: Session, onTaken: (session: Session) => void): Session {
  const { relay, host, address, port, policyKey, levels, openedAt, tls } = session;
  const facts: Session = {
    relay,
    host,
    address,
    port,
    policyKey,
    ...(levels !== undefined && { levels }),
    openedAt,
    uses: 1,
    ...(tls !== undefined && { tls }),
    usable: () => true,
    async transact({ recipients }) {
      onTaken(facts);
      const status = {
        outcome: 'sent',
        dsn: '2.0.0',
        reason: 'would be delivered',
        scope: 'message',
      } as const;
      return {
        statuses: recipients.map(() => ({ ...status, relay })),
        startedAt: openedAt,
        endedAt: openedAt,
      };
    },
    close: () => {},
  };
  return facts;
}

function claimOf(arrivedAt: number): Claim {
  const recipient = { address: 'postmaster@invalid' };
  const envelope = { sender: '', recipients: [recipient], body: '7BIT', smtpUtf8: false } as const;
  return {
    message: { queueId: 'check', envelope, arrivedAt, size: 0, messageId: '' },
    waiting: [{ index: 0, recipient }],
    attempts: 0,
    content: () => [],
    inDoubt: [],
    intent: () => ({ record: async () => true, holds: () => true }),
    heard: () => {},
  };
}
