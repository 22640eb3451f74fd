import type { Reply } from '../../lab/mail-host.ts';

/** A life of mail that a crash may cut into: what is sent, how the hosts answer, what must come of it. */
export interface Flow {
  readonly name: string;
  readonly bytes: number;
  /** Mail hosts, each with as many recipients, one a transaction. */
  readonly hosts: number;
  readonly recipientsEach?: number;
  readonly replies?: () => Readonly<Record<string, Reply>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** Commands, once the message is deferred; `ID` stands for its id. */
  readonly commands?: readonly (readonly string[])[];
  /** What every recipient of an accepted message ends as. */
  readonly end: 'sent' | 'bounced' | 'deleted';
}

/** Mail that is deferred, and not tried again by itself. */
const deferred = {
  bytes: 1_000,
  hosts: 1,
  settings: { 'queue.minimal_backoff': '1h', 'queue.maximal_backoff': '1h' },
  replies: () => ({
    'RCPT TO:<rcpt': (_: string, nth: number) => (nth === 1 ? '450 4.2.0 come again' : undefined),
  }),
  end: 'sent',
} as const;
const refused = { ...deferred, replies: () => ({ 'RCPT TO:<rcpt': '450 4.2.0 come again' }) };

const brief = { 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s' };

export const flows: readonly Flow[] = [
  { name: 'accept and deliver', bytes: 1_000, hosts: 1, end: 'sent' },
  { name: 'accept 100 KB and deliver', bytes: 100_000, hosts: 1, end: 'sent' },
  { name: 'accept 600 KB, deliver to two destinations', bytes: 600_000, hosts: 2, end: 'sent' },
  {
    name: 'defer, deliver at the second attempt',
    bytes: 1_000,
    hosts: 1,
    settings: brief,
    replies: () => ({
      'RCPT TO:<rcpt': (_, nth) => (nth === 1 ? '450 4.2.0 come again' : undefined),
    }),
    end: 'sent',
  },
  {
    name: 'deliver to three recipients of one destination, one a transaction',
    bytes: 1_000,
    hosts: 1,
    recipientsEach: 3,
    settings: { 'delivery.destination_recipient_limit': '1' },
    end: 'sent',
  },
  {
    name: 'bounce',
    bytes: 1_000,
    hosts: 1,
    replies: () => ({ 'RCPT TO:<rcpt': '550 5.1.1 nobody here' }),
    end: 'bounced',
  },
  {
    name: 'expire',
    bytes: 1_000,
    hosts: 1,
    settings: { ...brief, 'queue.lifetime': '0s' },
    replies: () => ({ 'RCPT TO:<rcpt': '450 4.2.0 come again' }),
    end: 'bounced',
  },
  {
    name: 'queue hold, queue release',
    ...deferred,
    commands: [
      ['queue', 'hold', 'ID'],
      ['queue', 'release', 'ID'],
    ],
  },
  { name: 'queue retry', ...deferred, commands: [['queue', 'retry', 'ID']] },
  { name: 'queue requeue', ...deferred, commands: [['queue', 'requeue', 'ID']] },
  { name: 'queue flush', ...deferred, commands: [['queue', 'flush']] },
  { name: 'queue flush ID', ...deferred, commands: [['queue', 'flush', 'ID']] },
  {
    name: 'queue expire, queue retry',
    ...refused,
    commands: [
      ['queue', 'expire', 'ID'],
      ['queue', 'retry', 'ID'],
    ],
    end: 'bounced',
  },
  { name: 'queue delete', ...refused, commands: [['queue', 'delete', 'ID']], end: 'deleted' },
];
