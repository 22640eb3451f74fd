import { describe, expect, it, vi } from 'vitest';
import { dialling, wideOpenings } from '../../test/support/dialling.ts';
import {
  calmSite,
  candidateAt,
  claimOf,
  routeOf,
  sent,
  sessionWith,
} from '../../test/support/delivery-kit.ts';
import type { Lease } from '../core/delivery/lease.ts';
import type { Session } from '../core/delivery/session.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Outcome } from '../core/delivery/outcome.ts';
import { createMemoryBudget } from '../core/memory-budget.ts';
import type { Route } from './route.ts';
import { createAddressLimit } from './address-limit.ts';
import { serveDestination, type ServePorts } from './serve-destination.ts';

const mail = (queueId: string): Claim => claimOf({ queueId });

/** A queue of so many messages, in memory. */
function leaseOf(count: number) {
  const waiting = Array.from({ length: count }, (_, index) => mail(`Q${index}`));
  const settled: { id: string; outcome: Outcome }[] = [];
  const released: string[] = [];
  const lease: Omit<Lease, 'move'> = {
    destination: 'x.test',
    site: calmSite,
    async take(wanted) {
      return waiting.splice(0, wanted);
    },
    async settle({ message }, outcome) {
      settled.push({ id: message.queueId, outcome });
      return 'gone';
    },
    warn: async () => [],
    async release(mails) {
      released.push(...mails.map(({ message }) => message.queueId));
    },
    newMail: () => new Promise((resolve) => setImmediate(resolve, false)),
    crowded: () => false,
  };
  return { lease, settled, released, waiting };
}

/** Hosts that take everything; counts sessions and how many worked at the same time. */
function portsOf(transact: () => Promise<void> = async () => {}, findRoute?: () => Promise<Route>) {
  const seen = { sessions: 0, atOnce: 0, mostAtOnce: 0, closed: 0, routes: 0, lines: [] as string[] };
  const route: Route = routeOf([candidateAt('mx')]);

  function open(): Session {
    seen.sessions += 1;
    return sessionWith('mx', {
      async transact({ recipients }) {
        seen.atOnce += 1;
        seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.atOnce);
        await transact();
        seen.atOnce -= 1;
        return { statuses: recipients.map(() => sent), startedAt: 1, endedAt: 2 };
      },
      close: () => void (seen.closed += 1),
    });
  }

  const log: ServePorts['log'] = ({ text }) => void seen.lines.push(text);
  const ports: ServePorts = {
    async findRoute() {
      seen.routes += 1;
      return findRoute === undefined ? route : findRoute();
    },
    policyVersion: () => 0,
    openings: wideOpenings(),
    deliver: {
      ...dialling(async () => ({ kind: 'open', session: open() })),
      log,
      now: () => 0,
      limits: { recipients: 50, sessions: 2, clearAfterMs: 300_000 },
      ambiguous: 'resend',
    },
    conclude: {
      compose: () => Promise.reject(new Error('no report here')),
      mayExpire: () => true,
      nextHopOf: () => 'y.test',
      reporter: { hostname: 'relay', dateText: String },
      notices: { classes: [], recipient: '', doubleBounce: 'double-bounce@relay' },
      delayWarningMs: 0,
      rules: { minimalBackoffMs: 1000, maximalBackoffMs: 2000, lifetimeMs: 1e9, bounceLifetimeMs: 1e9 },
      log,
      now: () => 0,
      dice: () => 0,
      ambiguous: 'resend',
    },
    pool: { reuse: true, idleMs: 1, ageMs: 1e9, count: 0 },
    pulse: { until: () => ({ met: new Promise(() => {}), end() {} }) },
    concurrency: {
      limit: 8,
      initial: 5,
      failedCohortLimit: 1,
      positive: { amount: 1, per: 'delivery' },
      negative: { amount: 1, per: 'delivery' },
      suspendMs: 1000,
    },
    rateDelayMs: 0,
    activeDestinations: new Map(),
    turns: { next: () => undefined },
    log,
    now: () => 0,
    sleep: async () => {},
  };
  return { ports, seen };
}

const never = new AbortController().signal;

describe('serveDestination()', () => {
  it('delivers everything that is due over few sessions, and closes them', async () => {
    const { lease, settled } = leaseOf(100);
    const { ports, seen } = portsOf(() => Promise.resolve());
    expect(await serveDestination(lease, ports, never, never)).toBeUndefined();
    expect(new Set(settled.map(({ id }) => id)).size).toBe(100);
    expect(seen.sessions).toBeLessThanOrEqual(8);
    expect(seen.closed).toBe(seen.sessions);
    expect(seen.routes).toBe(1);
  });

  it.each([
    ['leaves the mail for the next start, if the relay gives up while the route is looked up', true],
    ['an error of ours in that lookup is told, also then', false],
  ])('%s', async (_, isOfStop) => {
    const { lease, settled, waiting } = leaseOf(1);
    const giveUp = new AbortController();
    const { ports } = portsOf(undefined, async () => {
      giveUp.abort();
      throw isOfStop ? (giveUp.signal.reason as Error) : new Error('a bug');
    });
    const served = serveDestination(lease, ports, giveUp.signal, giveUp.signal);
    await (isOfStop
      ? expect(served).resolves.toEqual({ postponeUntil: 0 })
      : expect(served).rejects.toThrow('a bug'));
    expect([settled, waiting.length]).toEqual([[], 1]);
  });

  it('never has more deliveries under way than allowed', async () => {
    const { lease } = leaseOf(60);
    const { ports, seen } = portsOf(() => new Promise((resolve) => setImmediate(resolve)));
    await serveDestination(lease, ports, never, never);
    expect(seen.mostAtOnce).toBe(8);
  });

  it('hands a session on behind the final dot, but has no more of them at work than allowed', async () => {
    const { lease, settled } = leaseOf(40);
    const seen = { speaking: 0, mostSpeaking: 0, open: 0, mostOpen: 0 };
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const { ports, seen: hosts } = portsOf();
    let sessions = 0;
    const dial = dialling(async () => {
      sessions += 1;
      return {
        kind: 'open',
        session: sessionWith('mx', {
          async transact({ recipients }, _, dotSent) {
            seen.speaking += 1;
            seen.open += 1;
            seen.mostSpeaking = Math.max(seen.mostSpeaking, seen.speaking);
            seen.mostOpen = Math.max(seen.mostOpen, seen.open);
            await turn();
            seen.speaking -= 1;
            dotSent?.();
            for (let turns = 0; turns < 5; turns += 1) await turn();
            seen.open -= 1;
            return { statuses: recipients.map(() => sent), startedAt: 1, endedAt: 2 };
          },
        }),
      };
    });
    const pair = { ...ports, deliver: { ...ports.deliver, ...dial } };
    await serveDestination(lease, pair, new AbortController().signal, new AbortController().signal);
    expect(settled).toHaveLength(40);
    expect(new Set(settled.map(({ id }) => id)).size).toBe(40);
    expect(hosts.sessions).toBe(0);
    expect(sessions).toBeLessThanOrEqual(8);
    expect(seen.mostSpeaking).toBeLessThanOrEqual(8);
    expect(seen.mostOpen).toBeGreaterThan(8);
    expect(seen.mostOpen).toBeLessThanOrEqual(16);
  });

  it.each([
    ['other mail', {}, 2],
    ['a report about TLS', { tlsReport: true }, 1],
    ['mail that does without a proof', { tlsOptional: true }, 1],
  ] as const)(
    'hands a session on behind the final dot to mail of the same need alone: %s',
    async (_, of, most) => {
      const { lease, settled, waiting } = leaseOf(4);
      // Nothing is put by for a destination that has not been seen at work.
      for (const [nth, one] of waiting.entries()) {
        if (nth % 2 === 1) waiting[nth] = { ...one, message: { ...one.message, ...of } };
      }
      let open = 0;
      let mostOpen = 0;
      const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      const session = sessionWith('mx', {
        async transact({ recipients }, __, dotSent) {
          open += 1;
          mostOpen = Math.max(mostOpen, open);
          for (let turns = 0; turns < 3; turns += 1) await turn();
          dotSent?.();
          for (let turns = 0; turns < 9; turns += 1) await turn();
          open -= 1;
          return { statuses: recipients.map(() => sent), startedAt: 1, endedAt: 2 };
        },
      });
      const { ports } = portsOf();
      const one = {
        ...ports,
        deliver: { ...ports.deliver, ...dialling(async () => ({ kind: 'open', session })) },
        concurrency: { ...ports.concurrency, limit: 1, initial: 1 },
      };
      await serveDestination(lease, one, never, never);
      expect(settled).toHaveLength(4);
      expect(mostOpen).toBe(most);
    },
  );

  it('has no more connections than allowed when those break that two messages share', async () => {
    const { lease, settled } = leaseOf(120);
    const seen = { open: 0, mostOpen: 0, broken: 0 };
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const lost = { outcome: 'deferred', dsn: '4.4.2', reason: 'lost connection', scope: 'host' } as const;
    const dial = dialling(async ({ host }) => {
      let isOpen = true;
      let uses = 0;
      const end = (): void => {
        if (isOpen) seen.open -= 1;
        isOpen = false;
      };
      seen.open += 1;
      seen.mostOpen = Math.max(seen.mostOpen, seen.open);
      await turn();
      return {
        kind: 'open',
        session: sessionWith(host, {
          usable: () => isOpen,
          close: end,
          async transact({ recipients }, _, dotSent) {
            const result = (status: DeliveryStatus, stale = false) => ({
              statuses: recipients.map(() => status),
              startedAt: 1,
              endedAt: 2,
              ...(stale && { stale }),
            });
            const use = (uses += 1);
            await turn();
            if (!isOpen) return result(lost, true);
            dotSent?.();
            for (let turns = 0; turns < 3; turns += 1) await turn();
            if (use < 4) return result(sent);
            seen.broken += 1;
            end();
            return result({ ...lost, ambiguous: true });
          },
        }),
      };
    });
    const { ports } = portsOf(undefined, async () => routeOf([candidateAt('mx1'), candidateAt('mx2')]));
    const breaking = { ...ports, deliver: { ...ports.deliver, ...dial } };
    await serveDestination(lease, breaking, never, never);
    expect(settled).toHaveLength(120);
    expect(seen.broken).toBeGreaterThan(20);
    expect(seen.mostOpen).toBe(8);
  });

  it('does not gather memory while one host keeps it waiting and others take the mail', async () => {
    const { lease, settled } = leaseOf(300);
    let release = (): void => {};
    const stuck = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    const { ports } = portsOf(async () => {
      begun += 1;
      if (begun === 1) await stuck;
    });
    const settle: typeof lease.settle = async (one, outcome) => {
      if (settled.length === 298) release();
      return lease.settle(one, outcome);
    };
    const times = new Map<unknown, number>();
    const race = vi.spyOn(Promise, 'race');
    await serveDestination({ ...lease, settle }, ports, never, never);
    for (const [promises] of race.mock.calls)
      for (const one of promises) times.set(one, (times.get(one) ?? 0) + 1);
    race.mockRestore();
    expect(settled).toHaveLength(300);
    // Each race leaves something behind in what it waits for, until that ends.
    expect(Math.max(...times.values())).toBeLessThan(20);
  });

  it('tells who watches TLSA records of hosts that are at work, and not of a domain that is none', async () => {
    const works: string[] = [];
    const rollover = { failed: () => {}, atWork: (destination: string) => works.push(destination) };
    const none: Extract<Route, { kind: 'trouble' }>['status'] = {
      outcome: 'bounced',
      scope: 'destination',
      dsn: '5.4.4',
      reason: 'no domain',
    };
    const gone = portsOf(undefined, async () => ({ kind: 'trouble', status: none, expiresAt: 1e12 }));
    await serveDestination(leaseOf(2).lease, { ...gone.ports, rollover }, never, never);
    expect(works).toEqual([]);
    await serveDestination(leaseOf(2).lease, { ...portsOf().ports, rollover }, never, never);
    expect(works).toEqual(['x.test', 'x.test']);
  });

  it('touches no mail while the resolver is in trouble, and says when to come again', async () => {
    const { lease, waiting } = leaseOf(3);
    const { ports, seen } = portsOf(undefined, async () => ({ kind: 'wait', untilMs: 5000, reason: 'r' }));
    expect(await serveDestination(lease, ports, never, never)).toEqual({ postponeUntil: 5000, reason: 'r' });
    expect(waiting).toHaveLength(3);
    expect(seen.sessions).toBe(0);
  });

  it('begins nothing new once the relay stops, and gives back what it had claimed', async () => {
    const stopping = new AbortController();
    const { lease, settled, released, waiting } = leaseOf(50);
    let begun = 0;
    const { ports } = portsOf(async () => {
      begun += 1;
      if (begun === 8) stopping.abort();
    });
    expect(await serveDestination(lease, ports, stopping.signal, never)).toEqual({ postponeUntil: 0 });
    expect(settled.length + released.length + waiting.length).toBe(50);
    expect(settled.length).toBeLessThan(20);
    expect(released.length).toBeGreaterThan(0);
  });

  it('logs who has the mail while its attempt goes on, before that is written down, and once', async () => {
    const { lease, settled } = leaseOf(0);
    const recipients = [{ address: 'a@x.test' }, { address: 'b@x.test' }, { address: 'c@x.test' }];
    const one = mail('Q0');
    const seenWhenHeard: string[][] = [];
    const { ports, seen } = portsOf();
    const many: Claim = {
      ...one,
      message: { ...one.message, envelope: { ...one.message.envelope, recipients } },
      waiting: recipients.map((recipient, index) => ({ index, recipient })),
      heard: () => void seenWhenHeard.push(seen.lines.filter((line) => line.includes('status=sent'))),
    };
    let given = false;
    const source: Omit<Lease, 'move'> = {
      ...lease,
      async take() {
        if (given) return [];
        given = true;
        return [many];
      },
    };
    const limits = { ...ports.deliver.limits, recipients: 1 };
    await serveDestination(source, { ...ports, deliver: { ...ports.deliver, limits } }, never, never);
    expect(seenWhenHeard.map((lines) => lines.length)).toEqual([1, 2]);
    expect(seen.lines.filter((line) => line.includes('status=sent'))).toHaveLength(3);
    expect(settled).toHaveLength(1);
  });

  it('defers and never bounces for an error of ours', async () => {
    const { lease, settled } = leaseOf(1);
    const { ports, seen } = portsOf(() => Promise.reject(new TypeError('a bug')));
    await serveDestination(lease, ports, never, never);
    expect(settled[0]?.outcome.retry).toMatchObject({ left: [0], last: { dsn: '4.3.0' } });
    expect(settled[0]?.outcome.reports).toBeUndefined();
    expect(seen.lines.join('\n')).toContain('Q0: internal error, delivery deferred: TypeError: a bug');
  });

  it('lingers for mail that follows, but not where others wait for its place', async () => {
    const waits: number[] = [];
    const newMail = async (ms: number): Promise<boolean> => {
      waits.push(ms);
      return false;
    };
    const { ports } = portsOf();
    const patient = { ...ports, pool: { ...ports.pool, idleMs: 2_250 } };
    await serveDestination({ ...leaseOf(0).lease, newMail }, patient, never, never);
    expect(waits).toEqual([1_000, 1_000, 250]);
    waits.length = 0;
    await serveDestination({ ...leaseOf(0).lease, newMail, crowded: () => true }, patient, never, never);
    expect(waits).toEqual([]);
  });

  it('lingers no longer when others begin to wait for its place', async () => {
    let isCrowded = false;
    const { ports } = portsOf();
    const ended: string[] = [];
    const pulse: ServePorts['pulse'] = {
      until: (condition) => ({
        met: new Promise((resolve) => {
          expect(condition()).toBe(false);
          isCrowded = true;
          if (condition()) setImmediate(resolve);
        }),
        end: () => void ended.push('looked for no longer'),
      }),
    };
    const patient = { ...ports, pulse, pool: { ...ports.pool, idleMs: 60_000 } };
    const newMail = (): Promise<boolean> => new Promise(() => {});
    const lease = { ...leaseOf(0).lease, newMail, crowded: () => isCrowded };
    await serveDestination(lease, patient, never, never);
    expect(ended).toEqual(['looked for no longer']);
  });

  it('notices mail that falls due while it lingers', async () => {
    const { lease, settled, waiting } = leaseOf(0);
    let looks = 0;
    const newMail = async (): Promise<boolean> => {
      looks += 1;
      if (looks === 1) waiting.push(mail('due'));
      return false;
    };
    const { ports } = portsOf();
    const patient = { ...ports, pool: { ...ports.pool, idleMs: 1_500 } };
    await serveDestination({ ...lease, newMail }, patient, never, never);
    expect(settled.map(({ id }) => id)).toEqual(['due']);
  });

  it('begins nothing on a route of settings that were read anew while it was looked up', async () => {
    const { lease, settled } = leaseOf(40);
    let version = 1;
    const { ports } = portsOf();
    const dialled: { readonly host: string; readonly version: number }[] = [];
    const reread: ServePorts = {
      ...ports,
      policyVersion: () => version,
      // Good for one look only.
      async findRoute(destination, signal) {
        const route = await ports.findRoute(destination, signal);
        if (route.kind !== 'route') throw new Error('no route');
        const candidates = route.candidates.map((one) => ({ ...one, host: `mx${version}` }));
        if (settled.length > 0 && version < 5) version += 1;
        return { ...route, candidates, expiresAt: 0 };
      },
      deliver: {
        ...ports.deliver,
        dial(candidate, signal) {
          dialled.push({ host: candidate.host, version });
          return ports.deliver.dial(candidate, signal);
        },
      },
    };
    await serveDestination(lease, reread, never, never);
    expect(dialled.length).toBeGreaterThan(5);
    expect(dialled.map(({ host }) => host)).toEqual(dialled.map((one) => `mx${one.version}`));
    expect(settled).toHaveLength(40);
  });

  it('sorts what it has claimed anew when settings are read anew', async () => {
    const { lease, waiting, settled, released } = leaseOf(30);
    let version = 1;
    let taken = 0;
    const { ports } = portsOf(async () => void (version += settled.length === 10 ? 1 : 0));
    const again: Omit<Lease, 'move'> = {
      ...lease,
      async take(count, bare) {
        taken += 1;
        // Read anew while the answer is on its way.
        if (taken === 1) version += 1;
        return lease.take(count, bare);
      },
      async release(mails) {
        await lease.release(mails);
        waiting.push(...mails);
      },
    };
    await serveDestination(again, { ...ports, policyVersion: () => version }, never, never);
    expect(released.length).toBeGreaterThan(5);
    expect(new Set(settled.map(({ id }) => id)).size).toBe(30);
    expect(settled).toHaveLength(30);
  });

  describe('where its host has no connection to spare', () => {
    const address = '192.0.2.1';
    function crowdedWorld(limit: number, count: number) {
      const addresses = createAddressLimit({ limit, now: () => 0, onFull: () => {} });
      const { ports, seen } = portsOf(() => new Promise((resolve) => setImmediate(resolve)));
      const openings = { ...wideOpenings(), addresses };
      return { addresses, seen, ports: { ...ports, openings, sleep: tick }, ...leaseOf(count) };
    }
    const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

    it('touches no mail, and comes again', async () => {
      const { addresses, seen, ports, lease, waiting } = crowdedWorld(1, 3);
      addresses.reserve([address]);
      expect(await serveDestination(lease, ports, never, never)).toEqual({ postponeUntil: 1_000 });
      expect(waiting).toHaveLength(3);
      expect(seen.sessions).toBe(0);
    });

    it('makes do with those that there are', async () => {
      const { addresses, seen, ports, lease, settled } = crowdedWorld(3, 40);
      await serveDestination(lease, ports, never, never);
      expect(settled).toHaveLength(40);
      expect(seen.mostAtOnce).toBe(3);
      expect(addresses.remembered()).toBe(0);
    });

    it('gives up all but one of its own when others have none', async () => {
      const { addresses, seen, ports, lease, settled } = crowdedWorld(4, 60);
      let most = 0;
      const again: Omit<Lease, 'move'> = {
        ...lease,
        async settle(one, outcome) {
          if (settled.length > 20) {
            addresses.shutOut([address]);
            if (settled.length > 40) most = Math.max(most, seen.atOnce);
          }
          return lease.settle(one, outcome);
        },
      };
      await serveDestination(again, ports, never, never);
      expect(settled).toHaveLength(60);
      expect(seen.mostAtOnce).toBe(4);
      expect(most).toBeLessThanOrEqual(1);
    });
  });

  it('has one delivery at a time while there is no memory for more', async () => {
    const { lease, settled } = leaseOf(20);
    const { ports, seen } = portsOf(() => new Promise((resolve) => setImmediate(resolve)));
    const memory = createMemoryBudget(1_000);
    const openings = { ...wideOpenings(), memory };
    const sleep = () => new Promise<void>((resolve) => setImmediate(resolve));
    await serveDestination(lease, { ...ports, openings, sleep }, never, never);
    expect(settled).toHaveLength(20);
    expect(seen.mostAtOnce).toBe(1);
    expect(memory.usedBytes()).toBe(0);
  });

  it('finds its route anew, and pauses no longer than it may, when the clock is set back', async () => {
    const { lease, settled } = leaseOf(3);
    const day = 86_400_000;
    let now = 2 * day;
    const { ports, seen } = portsOf(async () => void (now = 0));
    const pauses: number[] = [];
    const later: ServePorts = {
      ...ports,
      now: () => now,
      rateDelayMs: 500,
      async sleep(ms) {
        pauses.push(ms);
        now += ms;
      },
    };
    await serveDestination(lease, later, never, never);
    expect(settled).toHaveLength(3);
    expect(seen.routes).toBe(2);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(500);
  });

  it('leaves the rest alone when another process has taken the destination over', async () => {
    const { lease } = leaseOf(0);
    const { ports, seen } = portsOf();
    await serveDestination({ ...lease, take: async () => 'lost' }, ports, never, never);
    expect(seen.sessions).toBe(0);
  });
});
