import { describe, expect, it } from 'vitest';
import { seriesSpans, seriesWords } from './series-view.ts';
import { createSeries } from './series.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const now = Date.UTC(2026, 10, 29, 12, 34, 56);

describe('a series', () => {
  it('counts into each of its spans', () => {
    const series = createSeries();
    series.add('verified', now, 3);
    series.add('clear', now);
    for (const span of seriesSpans) {
      const { counts, fromMs, stepMs } = series.view(span, now);
      expect(counts.verified.at(-1), span).toBe(3);
      expect(
        counts.clear.reduce((sum, one) => sum + one),
        span,
      ).toBe(1);
      expect(now - fromMs - (counts.verified.length - 1) * stepMs, span).toBeLessThan(stepMs);
    }
  });

  it.each([
    ['hour', 59 * MINUTE, 60 * MINUTE],
    ['day', DAY - 6 * MINUTE, DAY],
    ['week', 7 * DAY - 40 * MINUTE, 7 * DAY],
    ['year', 365 * DAY, 366 * DAY],
  ] as const)('forgets what is older than a %s', (span, still, nomore) => {
    const series = createSeries();
    series.add('sent', now, 7);
    const sum = (at: number): number => series.view(span, at).counts.sent.reduce((all, one) => all + one);
    expect(sum(now + still)).toBe(7);
    expect(sum(now + nomore)).toBe(0);
    // Also where new counts come to lie in the places of the old.
    series.add('sent', now + nomore, 2);
    expect(sum(now + nomore)).toBe(2);
  });

  it('counts what a clock that went back says as of now', () => {
    const series = createSeries();
    series.add('sent', now);
    series.add('sent', now - DAY);
    expect(series.view('hour', now).counts.sent.at(-1)).toBe(2);
  });

  it('knows when something was counted last', () => {
    const series = createSeries();
    expect(series.latest(['sent'])).toBeUndefined();
    series.add('deferred', now);
    series.add('sent', now + 5 * DAY);
    expect(series.latest(['sent', 'deferred'])).toBe(Math.floor((now + 5 * DAY) / MINUTE) * MINUTE);
    expect(now - (series.latest(['deferred']) ?? 0)).toBeLessThan(10 * MINUTE);
  });

  it('survives being stored, in less than 200 KB', () => {
    const series = createSeries();
    for (let day = 0; day < 400; day += 1)
      for (const [nth, word] of seriesWords.entries()) series.add(word, now - (400 - day) * DAY, day * nth);
    const stored = series.store();
    expect(stored.length).toBeLessThan(200_000);
    for (const span of seriesSpans)
      expect(createSeries(stored).view(span, now)).toEqual(series.view(span, now));
  });

  it('takes what others have counted of the same words', () => {
    const series = createSeries();
    series.add('bounced', now, 5);
    const stored = series.store();
    const text = stored.toString('latin1').replace('"bounced"', '"unknown"').replace('"sent"', '"bounced"');
    const { counts } = createSeries(Buffer.from(text, 'latin1')).view('hour', now);
    expect([counts.bounced.at(-1), counts.sent.at(-1)]).toEqual([0, 0]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['something else', Buffer.from('hello')],
    ['one that was cut off', createSeries().store().subarray(0, 5000)],
    [
      'one with strange times',
      Buffer.from(createSeries().store().toString('latin1').replace('[0,0,0]', '[0,0,x]'), 'latin1'),
    ],
    [
      'one of another form',
      Buffer.from(createSeries().store().toString('latin1').replace('"form":1', '"form":9'), 'latin1'),
    ],
  ])('begins anew with %s', (_, stored) => {
    expect(createSeries(stored).view('day', now)).toEqual(createSeries().view('day', now));
  });
});
