import { expect, it } from 'vitest';
import { noCounts, type WhatIfCounts } from '../core/what-if/counted.ts';
import { tellWhatIf } from './what-if-command.ts';

const now = Date.UTC(2026, 10, 30, 12);
const one = {
  destination: 'a.test',
  host: 'mx.a.test',
  level: 'dane-only',
  verdict: 'waits',
  reason: 'no TLSA records found',
  count: 2,
  queueIds: ['Q1', 'Q2'],
} as const;
const days: Readonly<Record<string, WhatIfCounts>> = {
  '2026-11-29': { ...noCounts, looked: 10, unknown: 1, others: 3, cases: [one] },
  '2026-11-30': { ...noCounts, looked: 5, cases: [{ ...one, verdict: 'elsewhere', count: 1, queueIds: [] }] },
};

async function told(since: string, json = false, most = Infinity): Promise<readonly string[]> {
  const lines: string[] = [];
  const whatIf = { read: async (day: string) => days[day] ?? noCounts };
  const print = (line: string): boolean => lines.push(line) < most;
  await tellWhatIf({ whatIf }, { since, json, now, print });
  return lines;
}

it('adds up the days', async () => {
  expect(await told('1d')).toEqual([
    'Since 2026-11-29: 15 messages, 6 of them would not have gone as they did; of 1 nobody can say',
    '2 for a.test at mx.a.test would have waited at dane-only: no TLSA records found',
    '    the last: Q1 Q2',
    '1 for a.test at mx.a.test would have gone to another host, or waited at dane-only: no TLSA records found',
    '3 further messages, of which no more was kept',
  ]);
  expect((await told('1h'))[0]).toBe(
    'Since 2026-11-30: 5 messages, 1 of them would not have gone as they did',
  );
});

it('says so where nothing was tried out, and stops when nobody reads', async () => {
  const empty = { read: async () => noCounts };
  const lines: string[] = [];
  const print = (line: string): boolean => lines.push(line) < 9;
  await tellWhatIf({ whatIf: empty }, { since: '7d', json: false, now, print });
  expect(lines).toEqual(['No policy was tried out on mail since 2026-11-23 (tls.what_if)']);
  expect(await told('1d', false, 1)).toHaveLength(1);
});

it('has the same for programs', async () => {
  expect((await told('1d', true)).map((line): unknown => JSON.parse(line))).toEqual([
    { schema: 1, kind: 'sum', since: '2026-11-29', looked: 15, unknown: 1, wouldNotGo: 6, others: 3 },
    { schema: 1, kind: 'case', ...one },
    { schema: 1, kind: 'case', ...one, verdict: 'elsewhere', count: 1, queueIds: [] },
  ]);
});

it.each(['x', '', '91d', '-1d'])('refuses --since %s', async (since) => {
  await expect(told(since)).rejects.toThrow(/--since wants a time such as "7d"/);
});
