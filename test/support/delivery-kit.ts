import type { Claim } from '../../src/core/delivery/claim.ts';
import type { Lease } from '../../src/core/delivery/lease.ts';
import type { Session } from '../../src/core/delivery/session.ts';
import type { EffectiveLevel } from '../../src/core/levels/levels.ts';
import type { Message } from '../../src/core/mail/message.ts';
import type { DeliveryStatus } from '../../src/core/mail/status.ts';
import type { UsableHost } from '../../src/core/tls-policy/host-policy.ts';
import type { Candidate, Route } from '../../src/delivery/route.ts';
import { usualTls } from './tls-settings.ts';

/** What a delivery is done with, where a test does not say otherwise: mail, hosts, a route, a session, a site. */

/** What a mail has that nobody else wants and nothing is in doubt of. */
export const ownMail: Pick<Claim, 'inDoubt' | 'intent' | 'heard'> = {
  inDoubt: [],
  intent: () => ({ record: async () => true, holds: () => true }),
  heard: () => {},
};

export interface MailOptions {
  readonly queueId?: string;
  readonly envelope?: Partial<Message['envelope']>;
  /** Epoch milliseconds. */
  readonly arrivedAt?: number;
  readonly messageId?: string;
  readonly content?: readonly Uint8Array[];
}

/** Mail that nobody has tried yet, for the recipients of its envelope. */
export function claimOf(options: MailOptions = {}, part: Partial<Claim> = {}): Claim {
  const { queueId = 'Q', arrivedAt = 0, messageId = '', content = [] } = options;
  const envelope: Message['envelope'] = {
    sender: 's@y.test',
    recipients: [{ address: 'a@x.test' }],
    body: '7BIT',
    smtpUtf8: false,
    ...options.envelope,
  };
  const size = content.reduce((sum, { length }) => sum + length, 0);
  return {
    message: { queueId, envelope, arrivedAt, size, messageId },
    waiting: envelope.recipients.map((recipient, index) => ({ index, recipient })),
    attempts: 0,
    content: () => [...content],
    ...ownMail,
    ...part,
  };
}

export function policyAt(level: EffectiveLevel, part: Partial<UsableHost> = {}): UsableHost {
  return {
    kind: 'use',
    level,
    tls: usualTls,
    tlsa: [],
    referenceNames: [],
    warnings: [],
    key: level,
    ...part,
  };
}

export function candidateAt(host: string, part: Partial<Candidate> = {}): Candidate {
  return {
    host,
    address: '192.0.2.1',
    port: 25,
    family: 4,
    preference: 10,
    best: true,
    policy: async () => policyAt('may'),
    ...part,
  };
}

/** To `x.test`, for ever. */
export function routeOf(candidates: readonly Candidate[]): Route & { kind: 'route' } {
  return { kind: 'route', nextHop: 'x.test', candidates, expiresAt: Infinity };
}

export const sent: DeliveryStatus = { outcome: 'sent', dsn: '2.0.0', reason: '250 ok', scope: 'recipient' };

/** A session in which every recipient is told the same, and that counts its uses. */
export function sessionWith(host: string, part: Partial<Session> = {}): Session {
  let uses = 0;
  const { transact, ...rest } = part;
  const session: Session = {
    relay: host,
    host,
    address: '192.0.2.1',
    port: 25,
    policyKey: 'may',
    openedAt: 0,
    get uses() {
      return uses;
    },
    usable: () => true,
    async transact(transaction, signal, dotSent) {
      uses += 1;
      if (transact !== undefined) return transact(transaction, signal, dotSent);
      return { statuses: transaction.recipients.map(() => sent), startedAt: 1, endedAt: 2 };
    },
    close: () => {},
  };
  // A getter would not survive a spread.
  return Object.defineProperties(session, Object.getOwnPropertyDescriptors(rest));
}

/** Of a destination about which nothing is known, and which waits for nothing. */
export const calmSite: Lease['site'] = {
  suspension: async () => undefined,
  suspend: async () => {},
  revive: async () => {},
  await: async () => {},
  stopWaiting: async () => {},
  makeDue: async () => 0,
};
