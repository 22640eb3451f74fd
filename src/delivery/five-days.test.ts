import { describe, expect, it, vi } from 'vitest';
import { makeDice } from '../../test/support/dice.ts';
import { VirtualDestination, type HostMood } from '../../test/support/virtual-destination.ts';
import { VirtualTime } from '../../test/support/virtual-time.ts';
import type { ConcurrencyRules } from '../core/site/concurrency.ts';

// Days of many messages take a second; on a machine that is busy with other things, more.
vi.setConfig({ testTimeout: 60_000 });

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const retry = {
  minimalBackoffMs: 300 * second,
  maximalBackoffMs: 4_000 * second,
  lifetimeMs: 5 * day,
  bounceLifetimeMs: day,
};
const concurrency: ConcurrencyRules = {
  limit: 20,
  initial: 5,
  failedCohortLimit: 1,
  positive: { amount: 1, per: 'delivery' },
  negative: { amount: 1, per: 'delivery' },
  suspendMs: retry.minimalBackoffMs,
};

function world(
  mood: (now: number) => HostMood,
  overrides: Partial<ConcurrencyRules> & { rateDelayMs?: number; delayWarningMs?: number } = {},
) {
  const time = new VirtualTime(0);
  const { rateDelayMs = 0, delayWarningMs = 0, ...rules } = overrides;
  const destination = new VirtualDestination(time, {
    mood,
    retry,
    concurrency: { ...concurrency, ...rules },
    rateDelayMs,
    delayWarningMs,
    dice: makeDice(1).fraction,
  });
  return { time, destination };
}

const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0));
const texts = ({ lines }: VirtualDestination, pattern: RegExp): string[] =>
  lines.map(({ text }) => text).filter((text) => pattern.test(text));

describe('one message for a destination that is down for good', () => {
  it('is tried at the ages of the schedule for five days, then returned', async () => {
    const { time, destination } = world(() => 'refuses');
    destination.accept('Q');
    await time.run(6 * day);
    const { connects } = destination;
    expect(destination.reports).toMatchObject([{ queueId: 'Q', kind: 'failure' }]);
    expect(texts(destination, /status=expired/)).toEqual([
      'Q: from=<sender@y.test>, status=expired, returned to sender',
    ]);
    // The first failure at five days or more is the last one.
    expect(connects.at(-1)).toBeGreaterThanOrEqual(5 * day - second);
    expect(connects.at(-1)).toBeLessThan(5 * day + 1.1 * retry.maximalBackoffMs);
    expect(connects.at(-2)).toBeLessThan(5 * day);

    for (const [index, gap] of gaps(connects).entries()) {
      const age = (connects[index] ?? 0) + 50;
      const wait = Math.min(Math.max(age, retry.minimalBackoffMs), retry.maximalBackoffMs);
      expect(gap).toBeGreaterThanOrEqual(Math.max(retry.minimalBackoffMs, 0.9 * wait));
      expect(gap).toBeLessThanOrEqual(1.1 * wait + second);
    }
    // 0, 5, 10, 20, 40, 80 minutes, then every 67 minutes or so.
    expect(connects.length).toBeGreaterThan(105);
    expect(connects.length).toBeLessThan(118);
  });

  it.each([1, 4, 12])(
    'is warned of once, with the first attempt after %d hours, an hour and a quarter later at most',
    async (hours) => {
      const { time, destination } = world(() => 'refuses', { delayWarningMs: hours * hour });
      destination.accept('Q');
      await time.run(2 * day);
      expect(destination.reports).toMatchObject([{ kind: 'delay' }]);
      const late = (destination.reports[0]?.at ?? 0) - hours * hour;
      expect(late).toBeGreaterThanOrEqual(-second);
      expect(late).toBeLessThan(1.1 * retry.maximalBackoffMs + second);
    },
  );

  it('is dropped without a word after bounce_lifetime when it is a report', async () => {
    const { time, destination } = world(() => 'refuses');
    destination.accept('Q', '');
    await time.run(6 * day);
    expect(destination.reports).toEqual([]);
    expect(destination.waiting()).toBe(0);
    expect(destination.connects.at(-1)).toBeGreaterThanOrEqual(day - second);
    expect(destination.connects.at(-1)).toBeLessThan(day + 1.1 * retry.maximalBackoffMs);
  });

  it('is tried by its own age alone: no suspension tries it earlier', async () => {
    const { time, destination } = world(() => 'refuses', { limit: 1, initial: 1 });
    destination.accept('Q');
    await time.run(day);
    expect(texts(destination, /deliveries are suspended for 300 s/).length).toBe(destination.connects.length);
    expect(Math.min(...gaps(destination.connects))).toBeGreaterThanOrEqual(retry.minimalBackoffMs);
    expect(destination.connects.length).toBeLessThan(30);
  });
});

describe('many messages for a destination that hangs', () => {
  const count = 150;

  it('cost few connections, and each is told of and given up in its own time', async () => {
    const { time, destination } = world(() => 'hangs', { delayWarningMs: 4 * hour });
    const few = 24;
    for (let nth = 0; nth < few; nth += 1) destination.accept(`Q${nth}`);
    await time.run(6 * day);
    // A suspension and a time-out to find out that nothing has changed: 330 s, and five connections each.
    const most = Math.ceil((5.1 * day) / (330 * second)) * 5;
    expect(destination.connects.length).toBeLessThanOrEqual(most);
    expect(destination.mostConnected).toBe(5);
    const told = (kind: string) => destination.reports.filter((report) => report.kind === kind).length;
    expect([told('delay'), told('failure')]).toEqual([few, few]);
    expect(destination.waiting()).toBe(0);
    for (const times of destination.deferrals.values()) {
      expect(Math.min(...gaps(times))).toBeGreaterThanOrEqual(retry.minimalBackoffMs);
      // Its turn came when it was due: nobody stood in its way for longer than it takes to find out.
      expect(Math.max(...gaps(times))).toBeLessThan(1.1 * retry.maximalBackoffMs + 60 * second);
    }
  });

  it('are all put off at once when it is found out, with the reason', async () => {
    const { time, destination } = world(() => 'hangs');
    for (let nth = 0; nth < count; nth += 1) destination.accept(`Q${nth}`);
    await time.run(29 * second);
    const asked = destination.turnsAsked;
    await time.run(40 * second);
    expect(destination.connects.length).toBe(5);
    // All other work goes on between any two of them.
    expect(destination.turnsAsked - asked).toBeGreaterThanOrEqual(count - 5);
    const put = texts(destination, /delivery temporarily suspended/);
    expect(put.length).toBe(count - 5);
    expect(put[0]).toContain(
      'relay=none, delay=30, delays=0/30/0/0, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to mx[192.0.2.1]:25: Connection timed out)',
    );
    expect(texts(destination, /suspended for/)).toEqual([
      'x.test: deliveries are suspended for 300 s: connect to mx[192.0.2.1]:25: Connection timed out',
    ]);
  });

  it('go out within minutes when it recovers, faster and faster, each over few connections', async () => {
    const up = day;
    const { time, destination } = world((now) => (now < up ? 'hangs' : 'up'));
    for (let nth = 0; nth < count; nth += 1) destination.accept(`Q${nth}`);
    await time.run(up);
    const before = destination.connects.length;
    await time.run(up + 6 * minute);
    expect(destination.delivered.size).toBe(count);
    const times = [...destination.delivered.values()].toSorted((a, b) => a - b);
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    // Their own times lie up to 73 minutes ahead.
    expect(last - first).toBeLessThan(10 * second);
    expect(destination.connects.length - before).toBeLessThanOrEqual(25);
    expect(destination.mostConnected).toBeLessThanOrEqual(20);
    const inFirstRound = times.filter((at) => at < first + 100).length;
    expect(inFirstRound).toBeLessThanOrEqual(5);
    expect(texts(destination, /at work again/)).toHaveLength(1);
  });

  it('are tried at once when the operator flushes the queue', async () => {
    const { time, destination } = world((now) => (now < 2 * minute ? 'refuses' : 'up'));
    for (let nth = 0; nth < count; nth += 1) destination.accept(`Q${nth}`);
    await time.run(3 * minute);
    expect(destination.delivered.size).toBe(0);
    destination.flush();
    await time.run(3 * minute + 10 * second);
    expect(destination.delivered.size).toBe(count);
  });

  it('are tried at once after a flush though the run that leaves it alone never ends', async () => {
    const { time, destination } = world((now) => (now < minute ? 'refuses' : 'up'));
    for (let nth = 0; nth < count; nth += 1) destination.accept(`Q${nth}`);
    // New mail all the time: the run lingers for it, and puts it off.
    for (let at = 0; at < 2 * minute; at += 100) time.at(at, () => destination.accept(`new${at}`));
    await time.run(90 * second);
    expect(destination.delivered.size).toBe(0);
    destination.flush();
    await time.run(91 * second);
    expect(destination.connects.length).toBeGreaterThan(5);
    await time.run(130 * second);
    expect(destination.waiting()).toBe(0);
  });

  it('leave it alone when the relay stops and starts again, or another takes over', async () => {
    const { time, destination } = world(() => 'refuses');
    for (let nth = 0; nth < count; nth += 1) destination.accept(`Q${nth}`);
    await time.run(minute);
    await destination.stop();
    await time.run(2 * minute);
    destination.start();
    const before = destination.connects.length;
    destination.accept('new');
    await time.run(4 * minute);
    expect(destination.connects.length).toBe(before);
    expect(texts(destination, /^new: to=.*delivery temporarily suspended/)).toHaveLength(1);
  });
});

describe('a destination that works', () => {
  it('is never suspended because of what it says of the mail', async () => {
    const { time, destination } = world(() => 'greylists');
    for (let nth = 0; nth < 50; nth += 1) destination.accept(`Q${nth}`);
    await time.run(hour);
    expect(texts(destination, /suspended/)).toEqual([]);
    expect(Math.max(...[...destination.deferrals.values()].map((times) => times.length))).toBeLessThan(6);
  });

  it('does not make greylisted mail come early', async () => {
    const { time, destination } = world((now) => (now < minute ? 'greylists' : 'up'));
    destination.accept('early');
    await time.run(2 * minute);
    destination.accept('late');
    await time.run(3 * minute);
    expect([...destination.delivered.keys()]).toEqual(['late']);
  });

  it('gets more and more at a time, up to the limit, and no more than mail is there', async () => {
    const { time, destination } = world(() => 'up');
    for (let nth = 0; nth < 1_000; nth += 1) destination.accept(`Q${nth}`);
    await time.run(minute);
    expect(destination.mostConnected).toBe(20);
    expect(destination.delivered.size).toBe(1_000);
    expect(destination.connects.length).toBe(20);
  });

  it('gets one at a time and a pause after each with a rate delay', async () => {
    const { time, destination } = world(() => 'up', { limit: 1, rateDelayMs: 10 * second });
    for (let nth = 0; nth < 30; nth += 1) destination.accept(`Q${nth}`);
    await time.run(10 * minute);
    const times = [...destination.delivered.values()];
    expect(times).toHaveLength(30);
    expect(Math.min(...gaps(times))).toBeGreaterThanOrEqual(10 * second);
    expect(Math.max(...gaps(times))).toBeLessThan(11 * second);
    expect(destination.mostConnected).toBe(1);
  });

  it('keeps the pause for mail that comes when the last was just delivered', async () => {
    const { time, destination } = world(() => 'up', { limit: 1, rateDelayMs: minute });
    destination.accept('first');
    await time.run(10 * second);
    destination.accept('second');
    await time.run(2 * minute);
    const [first = 0, second_ = 0] = destination.delivered.values();
    expect(second_ - first).toBeGreaterThanOrEqual(minute);
  });
});

describe('mail that was deferred in one moment', () => {
  it('comes back spread over a fifth of its wait', async () => {
    const { time, destination } = world((now) => (now < 2 * hour ? 'greylists' : 'up'));
    for (let nth = 0; nth < 300; nth += 1) destination.accept(`Q${nth}`);
    await time.run(4 * hour);
    const last = [...destination.deferrals.values()].map((times) => times.at(-1) ?? 0);
    const waits = [...destination.delivered].map(([, at], index) => at - (last[index] ?? 0));
    expect(waits).toHaveLength(300);
    const times = [...destination.delivered.values()].toSorted((a, b) => a - b);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(0.2 * retry.maximalBackoffMs);
    // No minute has more than a fair share of them.
    const perMinute = new Map<number, number>();
    for (const at of times)
      perMinute.set(Math.floor(at / minute), (perMinute.get(Math.floor(at / minute)) ?? 0) + 1);
    expect(Math.max(...perMinute.values())).toBeLessThan(60);
  });
});
