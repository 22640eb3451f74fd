import { describe, expect, it } from 'vitest';
import { dialling, type Connect } from '../../test/support/dialling.ts';
import {
  candidateAt,
  claimOf,
  ownMail,
  policyAt,
  routeOf as routeTo,
  sent,
  sessionWith,
} from '../../test/support/delivery-kit.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { Connected, Session } from '../core/delivery/session.ts';
import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { HostPolicy, UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Candidate, Route } from './route.ts';
import { deliver } from './deliver.ts';
import type { DeliverPorts } from './ports.ts';
import { sessionPool } from './session-pool.ts';

const may = policyAt('may');
const skipped: HostPolicy = {
  kind: 'skip',
  reason: 'TLSA lookup error for mx1:25',
  dsn: '4.7.5',
  fault: 'TLSA lookup',
  warnings: [],
};

const refused: DeliveryStatus = {
  outcome: 'bounced',
  dsn: '5.1.1',
  reason: '550 no',
  scope: 'recipient',
  relay: 'r',
};
const greylisted: DeliveryStatus = {
  outcome: 'deferred',
  dsn: '4.7.1',
  reason: '450 later',
  scope: 'recipient',
  relay: 'r',
};
const unreachable: Trouble = {
  outcome: 'deferred',
  dsn: '4.4.1',
  reason: 'Connection refused',
  scope: 'host',
};
const mismatch: Trouble = {
  outcome: 'deferred',
  dsn: '4.7.5',
  reason: 'Server certificate not verified',
  scope: 'host',
  relay: 'mx1',
};

function mailFor(count: number): Claim {
  const recipients = Array.from({ length: count }, (_, index) => ({ address: `u${index}@x.test` }));
  return claimOf({ envelope: { sender: 'a@y.test', recipients } });
}

function candidate(host: string, policy: HostPolicy = may): Candidate {
  return candidateAt(host, { policy: async () => policy });
}

const routeOf = (...candidates: readonly Candidate[]) => routeTo(candidates);

/** A session that answers its recipients by `answer`. */
function sessionOn(
  host: string,
  answer: (address: string) => DeliveryStatus,
  transactions: string[][] = [],
): Session {
  return sessionWith(host, {
    tls: {
      word: 'Verified',
      facts: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] },
    },
    async transact({ recipients }) {
      transactions.push(recipients.map(({ address }) => address));
      return { statuses: recipients.map(({ address }) => answer(address)), startedAt: 1, endedAt: 2 };
    },
  });
}

function world(hosts: Record<string, Connected>) {
  const lines: LogEvent[] = [];
  const connected: string[] = [];
  const ports: DeliverPorts = {
    ...dialling(async ({ host }) => {
      connected.push(host);
      const result = hosts[host];
      if (result === undefined) throw new Error(`nobody expected ${host}`);
      return result;
    }),
    log: (event) => lines.push(event),
    now: () => 5,
    limits: { recipients: 2, sessions: 2, clearAfterMs: 300_000 },
    ambiguous: 'resend',
  };
  return { ports, lines, connected };
}

const rules = { reuse: true, idleMs: 2000, ageMs: 300_000, count: 0 };
const pool = () => sessionPool(rules, () => 0);
const signal = new AbortController().signal;
const statuses = (attempts: readonly { status: DeliveryStatus }[]): string[] =>
  attempts.map(({ status }) => status.reason);

describe('deliver()', () => {
  it('ends with the first host that takes the mail', async () => {
    const { ports, connected } = world({ mx1: { kind: 'open', session: sessionOn('mx1', () => sent) } });
    const attempts = await deliver(mailFor(1), routeOf(candidate('mx1'), candidate('mx2')), {
      pool: pool(),
      ports,
      signal,
    });
    expect(statuses(attempts)).toEqual(['250 ok']);
    expect(connected).toEqual(['mx1']);
  });

  it('tells of mail that has gone, and does not heed what comes of that', async () => {
    const told: string[] = [];
    const { ports, lines } = world({ mx1: { kind: 'open', session: sessionOn('mx1', () => sent) } });
    const whatIf: DeliverPorts['whatIf'] = ({ queueId, destination, candidate: one }) => {
      told.push(`${queueId} ${destination} ${one?.host ?? ''}`);
      throw new Error('oops');
    };
    const attempts = await deliver(mailFor(1), routeOf(candidate('mx1')), {
      pool: pool(),
      ports: { ...ports, whatIf },
      signal,
    });
    expect(statuses(attempts)).toEqual(['250 ok']);
    expect(told).toEqual([expect.stringMatching(/^Q \S+ mx1$/)]);
    expect(lines.map(({ event, text }) => `${event} ${text}`)).toEqual([
      expect.stringMatching(/^bug Q: internal error, nobody knows .*: Error: oops/),
    ]);
  });

  it('tells nothing of mail that was not taken', async () => {
    const refused: DeliveryStatus = { ...sent, outcome: 'deferred', scope: 'recipient' };
    const { ports } = world({ mx1: { kind: 'open', session: sessionOn('mx1', () => refused) } });
    const whatIf = (): void => expect.unreachable();
    const means = { pool: pool(), ports: { ...ports, whatIf }, signal };
    const [attempt] = await deliver(mailFor(1), routeOf(candidate('mx1')), means);
    expect(attempt?.status.outcome).toBe('deferred');
  });

  it('tells of what another policy would have had beyond the hosts that are known', async () => {
    const told: boolean[] = [];
    const { ports } = world({ mx1: { kind: 'open', session: sessionOn('mx1', () => sent) } });
    const whatIf: DeliverPorts['whatIf'] = ({ hasMore }) => void told.push(hasMore);
    const means = { ports: { ...ports, whatIf }, signal };
    const route = routeOf(candidate('mx1'));
    const next = async (): Promise<Route> => expect.unreachable();
    for (const one of [route, { ...route, incomplete: true }, { ...route, next }]) {
      await deliver(mailFor(1), one, { ...means, pool: pool() });
    }
    expect(told).toEqual([false, true, true]);
  });

  it.each([['tlsReport'], ['tlsOptional']] as const)(
    'tells nothing of mail that goes whatever the policy says: %s',
    async (why) => {
      const told: string[] = [];
      const { ports } = world({ mx1: { kind: 'open', session: sessionOn('mx1', () => sent) } });
      const whatIf: DeliverPorts['whatIf'] = ({ queueId }) => void told.push(queueId);
      const mail = mailFor(1);
      const means = { ports: { ...ports, whatIf }, signal };
      for (const part of [{ [why]: true, queueId: 'one' }, { queueId: 'other' }]) {
        const one = { ...mail, message: { ...mail.message, ...part } };
        const [attempt] = await deliver(one, routeOf(candidate('mx1')), { ...means, pool: pool() });
        expect(attempt?.status.outcome).toBe('sent');
      }
      expect(told).toEqual(['other']);
    },
  );

  it('goes on to the next host after a soft failure, and only logs it', async () => {
    const { ports, lines } = world({
      mx1: { kind: 'trouble', step: 'certificate', status: mismatch },
      mx2: { kind: 'open', session: sessionOn('mx2', () => sent) },
    });
    const attempts = await deliver(mailFor(1), routeOf(candidate('mx1'), candidate('mx2')), {
      pool: pool(),
      ports,
      signal,
    });
    expect(statuses(attempts)).toEqual(['250 ok']);
    expect(lines.map(({ text }) => text)).toEqual(['Q: Server certificate not verified']);
  });

  /** The relay gives up while the policy of a host is looked up. */
  function interrupted(): { readonly giveUp: AbortController; readonly host: Candidate } {
    const giveUp = new AbortController();
    const policy = async (): Promise<HostPolicy> => {
      giveUp.abort();
      throw giveUp.signal.reason as Error;
    };
    return { giveUp, host: candidateAt('mx2', { policy }) };
  }

  it.each(['of this destination', 'of the next one'])(
    'a stop during a lookup for a host %s loses nothing of what others have said',
    async (which) => {
      const { giveUp, host } = interrupted();
      const answer = (address: string): DeliveryStatus =>
        address.startsWith('u0') ? sent : { ...unreachable, relay: 'mx1' };
      const { ports } = world({ mx1: { kind: 'open', session: sessionOn('mx1', answer) } });
      const first = candidate('mx1');
      const next = (): Promise<Route> => host.policy('usual').then(() => expect.unreachable());
      const route = which === 'of this destination' ? routeOf(first, host) : { ...routeOf(first), next };
      const means = { pool: pool(), ports, signal: giveUp.signal };
      const attempts = await deliver(mailFor(2), route, means);
      expect(attempts.map(({ status }) => status)).toEqual([
        expect.objectContaining({ outcome: 'sent' }),
        {
          outcome: 'deferred',
          scope: 'destination',
          dsn: '4.3.2',
          reason: 'delivery interrupted: relay is stopping',
          ours: true,
        },
      ]);
    },
  );

  it('an error that is not that of the stop is a bug', async () => {
    const { ports } = world({});
    const giveUp = AbortSignal.abort();
    const host = candidateAt('mx1', { policy: () => Promise.reject(new Error('a bug')) });
    const attempts = deliver(mailFor(1), routeOf(host), { pool: pool(), ports, signal: giveUp });
    await expect(attempts).rejects.toThrow('a bug');
  });

  it('names every host that was tried, whatever became of it', async () => {
    const { ports } = world({
      mx2: { kind: 'trouble', step: 'certificate', status: mismatch },
      mx3: { kind: 'open', session: sessionOn('mx3', () => sent) },
    });
    const route = routeOf(candidate('mx1', skipped), candidate('mx2'), candidate('mx3'));
    const [attempt] = await deliver(mailFor(1), route, { pool: pool(), ports, signal });
    const hosts = attempt?.evidence?.hosts.map(({ host, step }) => [host, step]);
    expect(hosts).toEqual([
      ['mx1', 'policy'],
      ['mx2', 'certificate'],
      ['mx3', 'mail'],
    ]);
  });

  it('never connects to a host that policy passes over', async () => {
    const { ports, connected, lines } = world({});
    const attempts = await deliver(mailFor(1), routeOf(candidate('mx1', skipped)), {
      pool: pool(),
      ports,
      signal,
    });
    expect(connected).toEqual([]);
    expect(attempts[0]?.status).toMatchObject({
      outcome: 'deferred',
      dsn: '4.7.5',
      reason: 'TLSA lookup error for mx1:25',
    });
    expect(attempts[0]?.status.relay).toBeUndefined();
    expect(lines[0]).toMatchObject({
      severity: 'warning',
      text: 'TLS policy lookup for x.test/mx1: TLSA lookup error for mx1:25',
    });
  });

  it.each([
    ['resolver', true],
    ['TLSA lookup', undefined],
    ['settings', undefined],
  ] as const)('a host that is passed over for trouble of the %s: ours %s', async (fault, ours) => {
    const { ports } = world({});
    const host = candidate('mx1', { ...skipped, fault });
    const [attempt] = await deliver(mailFor(1), routeOf(host), { pool: pool(), ports, signal });
    expect(attempt?.status.ours).toBe(ours);
  });

  it('gives the last reason when the last host was passed over', async () => {
    const { ports } = world({ mx1: { kind: 'trouble', step: 'certificate', status: mismatch } });
    const attempts = await deliver(mailFor(1), routeOf(candidate('mx1'), candidate('mx2', skipped)), {
      pool: pool(),
      ports,
      signal,
    });
    expect(attempts[0]?.status.reason).toBe('TLSA lookup error for mx1:25');
  });

  it('takes only the deferred recipients to the next host', async () => {
    const transactions: string[][] = [];
    const answer = (address: string): DeliveryStatus =>
      address.startsWith('u0') ? sent : address.startsWith('u1') ? refused : greylisted;
    const { ports } = world({
      mx1: { kind: 'open', session: sessionOn('mx1', answer) },
      mx2: { kind: 'open', session: sessionOn('mx2', () => sent, transactions) },
    });
    const attempts = await deliver(mailFor(3), routeOf(candidate('mx1'), candidate('mx2')), {
      pool: pool(),
      ports,
      signal,
    });
    expect(attempts.map(({ index, status }) => [index, status.outcome])).toEqual([
      [0, 'sent'],
      [1, 'bounced'],
      [2, 'sent'],
    ]);
    expect(transactions).toEqual([['u2@x.test']]);
  });

  it('splits many recipients into transactions of the limit, on one session', async () => {
    const transactions: string[][] = [];
    const { ports } = world({ mx1: { kind: 'open', session: sessionOn('mx1', () => sent, transactions) } });
    const attempts = await deliver(mailFor(5), routeOf(candidate('mx1')), { pool: pool(), ports, signal });
    expect(transactions.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(attempts).toHaveLength(5);
  });

  it('stops after as many sessions as are allowed', async () => {
    const soft = (host: string): Connected => ({ kind: 'open', session: sessionOn(host, () => greylisted) });
    const { ports, connected } = world({ mx1: soft('mx1'), mx2: soft('mx2') });
    const route = routeOf(candidate('mx1'), candidate('mx2'), candidate('mx3'));
    const attempts = await deliver(mailFor(1), route, { pool: pool(), ports, signal });
    expect(connected).toEqual(['mx1', 'mx2']);
    expect(statuses(attempts)).toEqual(['450 later']);
  });

  it('counts no session for hosts that cannot be reached', async () => {
    const { ports } = world({
      mx1: { kind: 'trouble', step: 'connect', status: unreachable },
      mx2: { kind: 'trouble', step: 'connect', status: unreachable },
      mx3: { kind: 'open', session: sessionOn('mx3', () => sent) },
    });
    const route = routeOf(candidate('mx1'), candidate('mx2'), candidate('mx3'));
    expect(statuses(await deliver(mailFor(1), route, { pool: pool(), ports, signal }))).toEqual(['250 ok']);
  });

  it('uses an open session first and tells how often it was used', async () => {
    const { ports, connected, lines } = world({
      mx1: { kind: 'open', session: sessionOn('mx1', () => sent) },
    });
    const sessions = pool();
    await deliver(mailFor(1), routeOf(candidate('mx1')), { pool: sessions, ports, signal });
    const attempts = await deliver(mailFor(1), routeOf(candidate('mx1')), { pool: sessions, ports, signal });
    expect(connected).toEqual(['mx1']);
    expect(attempts[0]?.connectionUse).toBe(2);
    expect(lines.map(({ text }) => text)).toEqual([
      'Verified TLS connection reused to mx1: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)',
    ]);
  });

  it('defers when the route has no host at all', async () => {
    const attempts = await deliver(mailFor(1), routeOf(), { pool: pool(), ports: world({}).ports, signal });
    expect(attempts[0]?.status.outcome).toBe('deferred');
  });
});

describe('deliver(): a handshake that fails', () => {
  const broken: Trouble = {
    outcome: 'deferred',
    dsn: '4.7.5',
    reason: 'Cannot start TLS: handshake failure',
    scope: 'message',
  };

  /** Answers TLS attempts with a failed handshake, and takes everything in clear. */
  async function attempt(level: UsableHost['level'], ageMs: number) {
    const levels: string[] = [];
    const { ports } = world({});
    const connect: Connect = async (_, policy) => {
      levels.push(policy.level);
      return policy.level === 'none'
        ? { kind: 'open', session: sessionOn('mx1', () => sent) }
        : { kind: 'trouble', step: 'handshake', status: broken, tlsBroke: true };
    };
    const host = candidate('mx1', { ...may, level, key: level });
    const attempts = await deliver(mailFor(1), routeOf(host), {
      pool: pool(),
      ports: { ...ports, ...dialling(connect), now: () => ageMs },
      signal,
    });
    return { levels, outcome: attempts[0]?.status.outcome };
  }

  it('defers a fresh mail at may', async () => {
    expect(await attempt('may', 299_999)).toEqual({ levels: ['may'], outcome: 'deferred' });
  });

  it('lets a mail that has waited at may go in clear', async () => {
    expect(await attempt('may', 300_000)).toEqual({ levels: ['may', 'none'], outcome: 'sent' });
  });

  it.each(['encrypt', 'sts', 'dane', 'dane-only', 'half-dane'] as const)(
    'never lets a mail go in clear at %s',
    async (level) => {
      expect(await attempt(level, 1e9)).toEqual({ levels: [level], outcome: 'deferred' });
    },
  );
});

describe('deliver(): a used session whose TLS breaks', () => {
  const lost: DeliveryStatus = {
    outcome: 'deferred',
    dsn: '4.4.2',
    reason: 'lost',
    scope: 'host',
    relay: 'r',
  };

  async function attempt(final: 'may' | 'dane', ageMs: number) {
    const levels: string[] = [];
    const used: Session = {
      ...sessionOn('mx1', () => lost),
      levels: { initial: final, final },
      async transact({ recipients }) {
        return { statuses: recipients.map(() => lost), startedAt: 1, endedAt: 2, broke: true };
      },
    };
    const { ports } = world({});
    const idle = pool();
    idle.give(used);
    const connect: Connect = async (_, policy) => {
      levels.push(policy.level);
      return policy.level === 'none'
        ? { kind: 'open', session: sessionOn('mx1', () => sent) }
        : { kind: 'trouble', step: 'EHLO', status: { ...unreachable, relay: 'mx1' }, tlsBroke: true };
    };
    const there = { ...ports, ...dialling(connect), now: () => ageMs };
    const attempts = await deliver(mailFor(3), routeOf(candidate('mx1')), {
      pool: idle,
      ports: there,
      signal,
    });
    return { levels, results: statuses(attempts) };
  }

  it('is no longer relied on: the host is tried anew, and in clear if it comes to that', async () => {
    const results = ['250 ok', '250 ok', '250 ok'];
    expect(await attempt('may', 300_000)).toEqual({ levels: ['may', 'none'], results });
  });

  it('counts as the answer of the host where the mail is new, or must be protected', async () => {
    const results = ['lost', 'lost', 'lost'];
    expect(await attempt('may', 299_999)).toEqual({ levels: [], results });
    expect(await attempt('dane', 1e9)).toEqual({ levels: [], results });
  });
});

describe('deliver(): a refusal that speaks of one host only', () => {
  const noUtf8: DeliveryStatus = {
    outcome: 'bounced',
    dsn: '5.6.7',
    reason: 'message requires SMTPUTF8',
    scope: 'host',
    relay: 'r',
  };

  it('is final on the last host and not before', async () => {
    const { ports } = world({
      mx1: { kind: 'open', session: sessionOn('mx1', () => noUtf8) },
      mx2: { kind: 'open', session: sessionOn('mx2', () => sent) },
    });
    expect(
      statuses(
        await deliver(mailFor(1), routeOf(candidate('mx1'), candidate('mx2')), {
          pool: pool(),
          ports,
          signal,
        }),
      ),
    ).toEqual(['250 ok']);
    expect(
      statuses(await deliver(mailFor(1), routeOf(candidate('mx1')), { pool: pool(), ports, signal })),
    ).toEqual(['message requires SMTPUTF8']);
  });
});

describe('deliver(): a session that is used again', () => {
  const one = routeOf(candidate('mx1'));
  const two = routeOf(candidate('mx1'), candidate('mx2'));

  async function second(route: typeof one, answers: readonly DeliveryStatus[], stale = false) {
    let uses = 0;
    const session = sessionOn('mx1', () => answers[uses - 1] ?? sent);
    const reused: Session = {
      ...session,
      get uses() {
        return uses;
      },
      async transact(transaction, aborted) {
        uses += 1;
        const result = await session.transact(transaction, aborted);
        return uses > 1 && stale ? { ...result, stale } : result;
      },
    };
    const sessions = pool();
    const fresh = sessionOn('mx1', () => sent);
    await deliver(mailFor(1), one, {
      pool: sessions,
      ports: world({ mx1: { kind: 'open', session: reused } }).ports,
      signal,
    });
    const { ports, connected, lines } = world({
      mx1: { kind: 'open', session: fresh },
      mx2: { kind: 'open', session: sessionOn('mx2', () => sent) },
    });
    const attempts = await deliver(mailFor(1), route, { pool: sessions, ports, signal });
    return {
      attempts,
      connected,
      lines: lines.map(({ text }) => text).filter((text) => !text.includes('reused')),
    };
  }

  it('is not asked twice: what it defers goes to the next host', async () => {
    const { attempts, connected, lines } = await second(two, [sent, greylisted]);
    expect(statuses(attempts)).toEqual(['250 ok']);
    expect(connected).toEqual(['mx2']);
    expect(lines).toEqual(['Q: 450 later']);
  });

  it('decides where there is no other host', async () => {
    const { attempts, connected, lines } = await second(one, [sent, greylisted]);
    expect(statuses(attempts)).toEqual(['450 later']);
    expect(attempts[0]?.connectionUse).toBe(2);
    expect(connected).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('costs no attempt if it was dead: the same host is connected to again, without a word', async () => {
    const lost = { ...greylisted, reason: 'lost connection' };
    const { attempts, connected, lines } = await second(one, [sent, lost], true);
    expect(statuses(attempts)).toEqual(['250 ok']);
    expect(attempts[0]?.connectionUse).toBe(1);
    expect(connected).toEqual(['mx1']);
    expect(lines).toEqual([]);
  });
});

describe('deliver(): one recipient too many', () => {
  const full: DeliveryStatus = { ...greylisted, dsn: '4.5.3', reason: '452 4.5.3 too many' };

  /** Takes `limit` recipients a transaction. */
  function stingy(limit: number, transactions: string[][]): Session {
    const session = sessionOn('mx1', () => sent);
    return {
      ...session,
      async transact({ recipients }) {
        transactions.push(recipients.map(({ address }) => address));
        return {
          statuses: recipients.map((_, place) => (place < limit ? sent : full)),
          tooMany: recipients.map((_, place) => place).slice(limit),
          startedAt: 1,
          endedAt: 2,
        };
      },
    };
  }

  it('is offered again in the same session', async () => {
    const transactions: string[][] = [];
    const { ports, lines } = world({ mx1: { kind: 'open', session: stingy(1, transactions) } });
    const attempts = await deliver(mailFor(3), routeOf(candidate('mx1')), { pool: pool(), ports, signal });
    expect(transactions).toEqual([['u0@x.test', 'u1@x.test'], ['u1@x.test', 'u2@x.test'], ['u2@x.test']]);
    expect(attempts.map(({ index, status }) => [index, status.outcome])).toEqual([
      [0, 'sent'],
      [1, 'sent'],
      [2, 'sent'],
    ]);
    expect(lines).toEqual([]);
  });

  it('waits where the server takes none at all', async () => {
    const transactions: string[][] = [];
    const { ports } = world({ mx1: { kind: 'open', session: stingy(0, transactions) } });
    const attempts = await deliver(mailFor(1), routeOf(candidate('mx1')), { pool: pool(), ports, signal });
    expect(transactions).toHaveLength(1);
    expect(statuses(attempts)).toEqual(['452 4.5.3 too many']);
  });
});

describe('deliver(): a session that ends before all have been named', () => {
  it.each([
    ['a soft reason, which counts for the rest', greylisted, '450 later'],
    ['none: the rest hears that there is no server', refused, 'server unavailable or unable to receive mail'],
  ])('with %s', async (_, first, reason) => {
    let usable = true;
    const session = sessionOn('mx1', () => first);
    const leaving: Session = {
      ...session,
      usable: () => usable,
      async transact(transaction, aborted) {
        usable = false;
        return session.transact(transaction, aborted);
      },
    };
    const { ports } = world({ mx1: { kind: 'open', session: leaving } });
    const attempts = await deliver(mailFor(3), routeOf(candidate('mx1')), { pool: pool(), ports, signal });
    expect(statuses(attempts)).toEqual([first.reason, first.reason, reason]);
    expect(attempts[2]?.status.outcome).toBe('deferred');
  });
});

describe('deliver(): a lost reply to the final dot', () => {
  const lost: DeliveryStatus = {
    outcome: 'deferred',
    dsn: '4.4.2',
    reason: 'lost connection -- message may be sent more than once',
    scope: 'host',
    relay: 'mx1',
    ambiguous: true,
  };

  async function attempt(policy: 'resend' | 'hold', status = lost) {
    const { ports, lines, connected } = world({
      mx1: { kind: 'open', session: sessionOn('mx1', () => status) },
      mx2: { kind: 'open', session: sessionOn('mx2', () => sent) },
    });
    const route = routeOf(candidate('mx1'), candidate('mx2'));
    const attempts = await deliver(mailFor(1), route, {
      pool: pool(),
      ports: { ...ports, ambiguous: policy },
      signal,
    });
    const texts = lines.map(({ text }) => text);
    return { connected, reasons: statuses(attempts), lines: texts.filter((text) => text.includes('dot')) };
  }

  it('goes on to the next host under resend', async () => {
    expect(await attempt('resend')).toEqual({
      connected: ['mx1', 'mx2'],
      reasons: ['250 ok'],
      lines: [
        'Q: relay=mx1, nrcpt=1, final dot was sent, no reply seen: mail is sent again, perhaps a second time',
      ],
    });
  });

  it('asks nobody else under hold', async () => {
    expect(await attempt('hold')).toEqual({
      connected: ['mx1'],
      reasons: [lost.reason],
      lines: ['Q: relay=mx1, nrcpt=1, final dot was sent, no reply seen: mail is held'],
    });
  });

  it('asks nobody else when the mail is not ours any more', async () => {
    const taken: DeliveryStatus = {
      outcome: 'deferred',
      dsn: '4.3.0',
      reason: 'taken',
      scope: 'destination',
    };
    expect((await attempt('resend', taken)).connected).toEqual(['mx1']);
  });
});

describe('deliver(): the intent to send the final dot', () => {
  it('is asked for by transaction, for its recipients', async () => {
    const asked: (readonly number[])[] = [];
    const mail: Claim = {
      ...mailFor(3),
      intent(indexes) {
        asked.push(indexes);
        return ownMail.intent(indexes);
      },
    };
    const { ports } = world({ mx1: { kind: 'open', session: sessionOn('mx1', () => sent) } });
    await deliver(mail, routeOf(candidate('mx1')), { pool: pool(), ports, signal });
    expect(asked).toEqual([[0, 1], [2]]);
  });
});

describe('deliver(): what is known while it goes on', () => {
  /** What was heard of, in turn: recipients by their index, with their outcome. */
  async function heardOf(count: number, hosts: Record<string, (address: string) => DeliveryStatus>) {
    const heard: Record<string, string>[] = [];
    const mail: Claim = {
      ...mailFor(count),
      heard: (known) =>
        void heard.push(Object.fromEntries([...known].map(([index, { status }]) => [index, status.outcome]))),
    };
    const opened = Object.entries(hosts).map(([host, answer]): [string, Connected] => [
      host,
      { kind: 'open', session: sessionOn(host, answer) },
    ]);
    const { ports } = world(Object.fromEntries(opened));
    await deliver(mail, routeOf(...Object.keys(hosts).map((host) => candidate(host))), {
      pool: pool(),
      ports,
      signal,
    });
    return heard;
  }

  it('is told after each transaction but the last', async () => {
    expect(await heardOf(5, { mx1: () => sent })).toEqual([
      { 0: 'sent', 1: 'sent' },
      { 0: 'sent', 1: 'sent', 2: 'sent', 3: 'sent' },
    ]);
  });

  it('is told before another host is tried', async () => {
    const picky = (address: string): DeliveryStatus => (address.startsWith('u0') ? sent : greylisted);
    expect(await heardOf(2, { mx1: picky, mx2: () => sent })).toEqual([{ 0: 'sent', 1: 'deferred' }]);
  });

  it('costs nothing where one transaction is all there is, or nobody has it', async () => {
    expect(await heardOf(2, { mx1: () => sent })).toEqual([]);
    expect(await heardOf(1, { mx1: () => greylisted, mx2: () => sent })).toEqual([]);
  });
});

describe('deliver(): whether the destination is at work', () => {
  const lost: DeliveryStatus = { ...unreachable, reason: 'lost connection with mx while sending DATA' };
  const one = (host: string, answer: (address: string) => DeliveryStatus): Record<string, Connected> => ({
    [host]: { kind: 'open', session: sessionOn(host, answer) },
  });
  const down: Connected = { kind: 'trouble', step: 'connect', status: unreachable };

  it.each([
    ['a session that defers, then a host that is down', { ...one('mx1', () => greylisted), mx2: down }, true],
    ['a host that is down, then a session', { mx1: down, ...one('mx2', () => refused) }, true],
    ['two hosts that are down', { mx1: down, mx2: down }, false],
    ['two lost connections', { ...one('mx1', () => lost), ...one('mx2', () => lost) }, false],
    [
      'a refusal, then the connection is lost',
      { ...one('mx1', (address) => (address.startsWith('u0') ? refused : lost)), mx2: down },
      false,
    ],
  ])('%s', async (_what, hosts, expected) => {
    const { ports } = world(hosts);
    const route = routeOf(candidate('mx1'), candidate('mx2'));
    const attempts = await deliver(mailFor(2), route, { pool: pool(), ports, signal });
    expect(attempts.map(({ answered }) => answered)).toEqual([expected, expected]);
  });
});

describe('deliver(): a route with several destinations', () => {
  const full = (host: string): Connected => ({ kind: 'open', session: sessionOn(host, () => greylisted) });
  const taking = (host: string): Connected => ({ kind: 'open', session: sessionOn(host, () => sent) });

  function along(next: Route, ...candidates: Candidate[]): Extract<Route, { kind: 'route' }> {
    return { ...routeOf(...candidates), next: async () => next };
  }
  async function run(hosts: Record<string, Connected>, route: Extract<Route, { kind: 'route' }>) {
    const { ports, connected, lines } = world(hosts);
    const attempts = await deliver(mailFor(1), route, { pool: pool(), ports, signal });
    return { connected, lines: lines.map(({ text }) => text), status: attempts.map(({ status }) => status) };
  }

  it('asks nobody for the next one while the first takes the mail', async () => {
    const route = { ...routeOf(candidate('a')), next: () => Promise.reject(new Error('asked')) };
    expect((await run({ a: taking('a') }, route)).status).toMatchObject([{ outcome: 'sent' }]);
  });

  it('goes on to the next one after soft failures, with as many sessions again', async () => {
    const hosts = { a: full('a'), b: full('b'), c: taking('c'), d: full('d'), e: taking('e') };
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => candidate(name));
    if (!a || !b || !c || !d || !e) throw new Error('?');
    // Two sessions are the limit: c is not asked.
    const { connected, status } = await run(hosts, along(routeOf(d, e), a, b, c));
    expect(connected).toEqual(['a', 'b', 'd', 'e']);
    expect(status).toMatchObject([{ outcome: 'sent' }]);
  });

  it('judges the hosts of each by the name of their own', async () => {
    const next = { ...routeOf(candidate('b', skipped)), nextHop: '[b.test]:587' };
    const { lines } = await run({ a: full('a') }, along(next, candidate('a')));
    expect(lines).toContain('TLS policy lookup for [b.test]:587/b: TLSA lookup error for mx1:25');
  });

  it.each<[string, Route, string, string]>([
    [
      'that cannot be found for now',
      { kind: 'trouble', status: { ...unreachable, reason: 'try again' }, expiresAt: 0 },
      '4.4.1',
      'try again',
    ],
    [
      'that does not exist: the mail waits for those before it',
      {
        kind: 'trouble',
        status: { outcome: 'bounced', dsn: '5.4.4', reason: 'not found', scope: 'destination' },
        expiresAt: 0,
      },
      '4.4.4',
      'not found',
    ],
    [
      'for which the resolver is not good enough',
      { kind: 'wait', untilMs: 0, reason: '' },
      '4.7.5',
      'DNSSEC validation is unavailable',
    ],
  ])('ends with one %s', async (_, next, dsn, reason) => {
    const { status } = await run({ a: full('a') }, along(next, candidate('a')));
    expect(status).toMatchObject([{ outcome: 'deferred', dsn, reason }]);
  });

  it('a refusal of the first is a refusal', async () => {
    const hosts: Record<string, Connected> = { a: { kind: 'open', session: sessionOn('a', () => refused) } };
    const route = { ...routeOf(candidate('a')), next: () => Promise.reject(new Error('asked')) };
    expect((await run(hosts, route)).status).toMatchObject([{ outcome: 'bounced', dsn: '5.1.1' }]);
  });
});
