import type { Connected, Session } from '../../src/core/delivery/session.ts';
import type { DeliveryStatus } from '../../src/core/mail/status.ts';
import { judge } from '../../src/core/tls-policy/judge.ts';
import { requiresMatch, type EffectiveLevel, type SecurityLevel } from '../../src/core/levels/levels.ts';
import type { TlsWord } from '../../src/core/smtp/transaction.ts';
import { deliver } from '../../src/delivery/deliver.ts';
import { findRoute } from '../../src/delivery/find-route.ts';
import type { DeliverPorts } from '../../src/delivery/ports.ts';
import { sessionPool } from '../../src/delivery/session-pool.ts';
import { claimOf, sessionWith } from '../support/delivery-kit.ts';
import { dialling, type Connect } from '../support/dialling.ts';
import { makeCertificate, now, type TestCertificate } from '../support/test-ca.ts';
import { usualRules } from '../support/route-rules.ts';
import { fakeDns, type Zone } from './fake-dns.ts';

export interface Circumstances {
  /** What the resolver says: hosts of `x.test`, or of `nextHop`. */
  readonly zone: Zone;
  /** Default `dane`. */
  readonly level?: SecurityLevel;
  readonly nextHop?: string;
  readonly port?: number;
  /** What the probe of the resolver says whenever somebody asks. */
  readonly validating?: boolean | (() => boolean);
  /** What every host shows; default a self-signed certificate of somebody else. */
  readonly chain?: readonly TestCertificate[];
  /** No host gets through a handshake. */
  readonly handshakeFails?: boolean;
  /** How long the mail has waited. */
  readonly ageMs?: number;
}

/** How an attempt to deliver one mail went. */
export interface AttemptReport {
  /** `none`: nothing was tried, the mail does not know of it. */
  readonly outcome: DeliveryStatus['outcome'] | 'none';
  readonly dsn?: string;
  readonly reason?: string;
  /** `host[address] level` of each connection; with what SNI says, where there is one. */
  readonly connections: readonly string[];
  /** What the last host proved. */
  readonly word?: TlsWord;
  /** Why it proved nothing. */
  readonly detail?: string;
  /** `name TYPE` of each question. */
  readonly asked: readonly string[];
  readonly lines: readonly string[];
}

const stranger = makeCertificate({ names: ['stranger.test'] });

/** One attempt with the relay's own route, policy, judgement and delivery, between a resolver and hosts of the test. */
export async function attempt(circumstances: Circumstances): Promise<AttemptReport> {
  const { zone, level = 'dane', nextHop = 'x.test', port = 25, validating = true } = circumstances;
  const { lookup, asked } = fakeDns(zone);
  const lines: string[] = [];
  const log: DeliverPorts['log'] = ({ text }) => void lines.push(text);
  const signal = new AbortController().signal;
  const rules = { ...usualRules, policy: () => ({ kind: 'level', level }) as const, port };
  const ports = {
    lookup,
    isValidating: async () => (typeof validating === 'boolean' ? validating : validating()),
    log,
    now: () => now,
    dice: () => 0.5,
  };
  const route = await findRoute(nextHop, rules, ports, signal);
  if (route.kind === 'wait') return { outcome: 'none', connections: [], asked, lines };
  if (route.kind === 'trouble') return { ...verdict(route.status), connections: [], asked, lines };

  const hosts = fakeHosts(circumstances);
  const pool = sessionPool({ reuse: false, idleMs: 0, ageMs: 0, count: 0 }, () => now);
  const limits = { recipients: 50, sessions: 2, clearAfterMs: 300_000 };
  const delivery = { ...dialling(hosts.connect), log, now: () => now, limits, ambiguous: 'resend' } as const;
  const mail = claimOf({
    envelope: { recipients: [{ address: `user@${nextHop}` }] },
    arrivedAt: now - (circumstances.ageMs ?? 0),
  });
  const [only] = await deliver(mail, route, { pool, ports: delivery, signal });
  if (only === undefined) throw new Error('no attempt for the one recipient');
  return { ...verdict(only.status), ...hosts.proven(), connections: hosts.connections, asked, lines };
}

function verdict({
  outcome,
  dsn,
  reason,
}: DeliveryStatus): Pick<AttemptReport, 'outcome' | 'dsn' | 'reason'> {
  return { outcome, dsn, reason };
}

function fakeHosts({ chain = [stranger], handshakeFails = false }: Circumstances): {
  connect: Connect;
  connections: string[];
  proven: () => Pick<AttemptReport, 'word' | 'detail'>;
} {
  const connections: string[] = [];
  let last: Pick<AttemptReport, 'word' | 'detail'> = {};
  const refused = (step: 'handshake' | 'certificate', reason: string): Connected => ({
    kind: 'trouble',
    step,
    status: { outcome: 'deferred', scope: 'host', dsn: '4.7.5', reason, relay: 'relay' },
    tlsBroke: step === 'handshake',
  });
  return {
    connections,
    proven: () => last,
    async connect({ host, address }, policy) {
      const sni = policy.serverName === undefined ? '' : ` as ${policy.serverName}`;
      connections.push(`${host}[${address}] ${policy.level}${sni}`);
      if (policy.level === 'none') return { kind: 'open', session: session(host, address, policy.level) };
      if (handshakeFails) return refused('handshake', 'Cannot start TLS: handshake failure');
      const { word, ok, detail } = judge(
        chain.map(({ der }) => der),
        policy,
        now,
      );
      last = { word, ...(detail === undefined ? {} : { detail }) };
      if (!ok && requiresMatch(policy.level))
        return refused('certificate', 'Server certificate not verified');
      return { kind: 'open', session: session(host, address, policy.level) };
    },
  };
}

function session(host: string, address: string, level: EffectiveLevel): Session {
  return sessionWith(host, { relay: `${host}[${address}]`, address, policyKey: level, openedAt: now });
}
