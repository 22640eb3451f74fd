import { describe, expect, it } from 'vitest';
import { afterCheck, type CheckedNow, type KnownHealth } from '../core/check/known-health.ts';
import type { ShownAddress, Verdict } from '../core/check/report.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import { createHealthRounds, type HealthRounds } from './health-rounds.ts';

const start = Date.UTC(2026, 10, 30);
const hour = 3_600_000;
const day = 24 * hour;

function checked(verdict: Verdict): CheckedNow {
  const address: ShownAddress = {
    address: '192.0.2.1',
    port: 25,
    verdict,
    reason: 'r',
    tlsa: { kind: 'not asked' },
    referenceNames: [],
  };
  const hosts = [{ name: 'mx.x.test', addresses: [address] }];
  return { report: { verdict, resolver: { validates: true, name: 'r', reason: '' }, hosts } };
}

/** A queue in memory, and relays that work on it. */
class Lab {
  now = start;
  verdict: Verdict | Error | undefined = 'protected';
  mayCheck = true;
  away = false;
  /** A mistake of ours in the store. */
  bug: Error | undefined;
  isForgotten = false;
  readonly unwanted = new Set<string>();
  mails = 0;
  readonly asked: string[] = [];
  readonly log: LogEvent[] = [];
  readonly told: [KnownHealth, boolean][] = [];
  readonly checkedAt = new Map<string, number>();
  readonly known = new Map<string, KnownHealth>();
  readonly stop = new AbortController();
  /** While a check is under way. */
  meanwhile: () => void = () => {};
  readonly relay = this.another();

  another(): HealthRounds {
    const alive = (): void => {
      if (this.away) throw Object.assign(new Error('Redis is away'), { code: 'QUEUE_UNAVAILABLE' });
      if (this.bug !== undefined) throw this.bug;
    };
    return createHealthRounds({
      store: {
        mailed: async (destination) => {
          this.mails += 1;
          alive();
          if (!this.checkedAt.has(destination)) this.checkedAt.set(destination, 0);
        },
        takeDue: async (now, intervalMs) => {
          alive();
          const [one] = [...this.checkedAt].filter(([, at]) => at <= now - intervalMs);
          if (one === undefined) return undefined;
          const [destination] = one;
          this.checkedAt.set(destination, now - intervalMs + 600_000);
          const health = this.known.get(destination);
          return { destination, ...(health !== undefined && { health }) };
        },
        forget: async (destination) => {
          alive();
          this.checkedAt.delete(destination);
          this.known.delete(destination);
        },
        put: async (health, at) => {
          alive();
          if (this.isForgotten) return false;
          this.checkedAt.set(health.destination, at);
          this.known.set(health.destination, health);
          return true;
        },
      },
      check: async (destination) => {
        this.asked.push(destination);
        this.meanwhile();
        if (this.verdict instanceof Error) throw this.verdict;
        return this.verdict === undefined ? undefined : checked(this.verdict);
      },
      mayCheck: () => this.mayCheck,
      isWanted: (destination) => !this.unwanted.has(destination),
      intervalMs: day,
      expiryMs: 14 * day,
      log: (event) => this.log.push(event),
      checked: (health, isNews) => this.told.push([health, isNews]),
      now: () => this.now,
    });
  }

  look(relay = this.relay): Promise<boolean> {
    return relay.look(this.stop.signal);
  }

  get lines(): readonly string[] {
    return this.log.splice(0).map(({ severity, text }) => `${severity} ${text}`);
  }
}

async function mailed(lab: Lab, ...destinations: readonly string[]): Promise<void> {
  for (const one of destinations) lab.relay.mailed(one);
  await new Promise(setImmediate);
}

describe('rounds of checks', () => {
  it('check what is mailed, one at a look, and each once in the interval', async () => {
    const lab = new Lab();
    expect(await lab.look()).toBe(false);
    await mailed(lab, 'a.test', 'b.test');
    const other = lab.another();
    expect([await lab.look(), await lab.look(other), await lab.look(), await lab.look(other)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(lab.asked).toEqual(['a.test', 'b.test']);
    lab.now += day;
    expect(await lab.look()).toBe(true);
    expect(lab.asked).toHaveLength(3);
  });

  it('store that a destination is mailed once an hour, and again if that failed', async () => {
    const lab = new Lab();
    lab.away = true;
    await mailed(lab, 'a.test');
    lab.away = false;
    await mailed(lab, 'a.test');
    await mailed(lab, 'a.test');
    expect(lab.mails).toBe(2);
    lab.now += hour;
    await mailed(lab, 'a.test');
    expect(lab.mails).toBe(3);
  });

  it('leave alone and forget what the operator does not want to be asked', async () => {
    const lab = new Lab();
    await mailed(lab, 'a.test', 'b.test');
    lab.verdict = 'fails';
    await lab.look();
    lab.unwanted.add('a.test').add('c.test');
    lab.now += day;
    await mailed(lab, 'a.test', 'c.test');
    expect([await lab.look(), await lab.look(), await lab.look()]).toEqual([true, true, false]);
    expect(lab.asked).toEqual(['a.test', 'b.test']);
    expect([[...lab.known.keys()], [...lab.checkedAt.keys()]]).toEqual([['b.test'], ['b.test']]);
    // As soon as it is wanted again, mail for it counts.
    lab.unwanted.clear();
    await mailed(lab, 'a.test');
    await lab.look();
    expect(lab.asked.at(-1)).toBe('a.test');
  });

  it('log each finding once, and once that it is over', async () => {
    const lab = new Lab();
    await mailed(lab, 'a.test');
    lab.verdict = 'fails';
    await lab.look();
    expect(lab.lines).toEqual(['warning check of a.test: problem: mx.x.test[192.0.2.1]:25: r']);
    lab.now += day;
    await lab.look();
    expect(lab.lines).toEqual([]);
    lab.verdict = 'unknown';
    lab.now += day;
    await lab.look();
    expect(lab.lines).toEqual([]);
    lab.verdict = 'protected';
    lab.now += day;
    await lab.look();
    expect(lab.lines).toEqual([
      'info check of a.test: mismatch at mx.x.test[192.0.2.1]:25 since 2026-11-30T00:00:00Z is not found any more',
    ]);
    expect(lab.told.map(([, isNews]) => isNews)).toEqual([true, false, false, true]);
  });

  it('end at once when the relay stops, and store nothing of a check that was cut short', async () => {
    const lab = new Lab();
    await mailed(lab, 'a.test', 'b.test');
    lab.verdict = 'fails';
    lab.meanwhile = () => lab.stop.abort();
    expect(await lab.look()).toBe(false);
    expect([lab.known.size, lab.lines]).toEqual([0, []]);
    expect(await lab.look()).toBe(false);
    expect(lab.asked).toEqual(['a.test']);
    // Another relay may have it at once.
    expect(lab.checkedAt.get('b.test')).toBe(0);
  });

  it('rest while nothing can be known', async () => {
    const lab = new Lab();
    await mailed(lab, 'a.test');
    lab.mayCheck = false;
    expect(await lab.look()).toBe(false);
    expect(lab.asked).toEqual([]);
  });

  it('say nothing of a Redis that is away, and of a destination that is forgotten', async () => {
    const lab = new Lab();
    await mailed(lab, 'a.test');
    lab.verdict = 'fails';
    lab.meanwhile = () => (lab.away = true);
    expect(await lab.look()).toBe(false);
    lab.away = false;
    lab.meanwhile = () => {};
    lab.isForgotten = true;
    lab.now += day;
    await lab.look();
    expect(lab.lines).toEqual([]);
  });

  it('tell a mistake of ours, keep what was known, and go on with the next one', async () => {
    const lab = new Lab();
    await mailed(lab, 'a.test');
    const before = afterCheck('a.test', undefined, checked('fails'), { now: start, expiryMs: 0 }).health;
    lab.known.set('a.test', before);
    lab.verdict = new TypeError('x is not a function');
    expect(await lab.look()).toBe(true);
    expect(lab.lines).toEqual([
      expect.stringMatching(
        /^error internal error, a destination is not checked as it should be: TypeError: x is not a function/,
      ),
    ]);
    expect(lab.known.get('a.test')).toEqual({
      ...before,
      trouble: { at: start, reason: 'it could not be checked' },
    });
    expect(await lab.look()).toBe(false);
  });

  it('tell of a mistake in what is stored, and store it again later', async () => {
    const lab = new Lab();
    lab.bug = new TypeError('x is not a function');
    await mailed(lab, 'a.test');
    const told = /^error internal error, a destination is not checked as it should be: TypeError: x is not/;
    expect(lab.lines).toEqual([expect.stringMatching(told)]);
    lab.bug = undefined;
    await mailed(lab, 'a.test');
    expect([lab.mails, lab.lines]).toEqual([2, []]);
    lab.now += 3_600_000;
    lab.away = true;
    await mailed(lab, 'a.test');
    expect([lab.mails, lab.lines]).toEqual([3, []]);
  });
});
