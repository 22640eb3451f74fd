import { expect, test } from 'vitest';
import { outcomeInLog } from './mtas/log-outcome.ts';
import { notPlayed, scoreBegin, scoreboard, scoreEnd, withScoreboard } from './scoreboard.ts';

test('outcomeInLog(): the last word on this message', () => {
  const lines = [
    'x: Q1: to=<a>, status=deferred (x)',
    'x: Q1: to=<a>, status=sent (x)',
    'x: Q2: to=<a>, status=bounced (x)',
  ];
  expect(outcomeInLog(lines, 'Q1')).toEqual({ outcome: 'delivered', attempts: 2 });
  expect(outcomeInLog(lines, 'Q2')).toEqual({ outcome: 'returned', attempts: 1 });
  expect(outcomeInLog(lines, 'Q')).toEqual({ outcome: 'open', attempts: 0 });
});

const one = {
  domain: 'x.test',
  what: 'x',
  host: 'mx.x.test',
  others: [],
  outcome: 'delivered',
  mails: 1,
  mayBeInClear: false,
} as const;
const played = { outcome: 'delivered', mails: 1, astray: 0, inClear: true } as const;
const scores = [
  { name: 'A', version: 'A 1', results: [{ verdict: 'UNSAFE', played }] },
  { name: 'B', skipped: 'none' },
] as const;

test('scoreboard(): is put where the page has a place for it, again and again', () => {
  const table = scoreboard([one], scores, 'Played once.');
  expect(table).toContain('| `x.test` | x | delivered | UNSAFE (delivered, 1 mail came in clear) |');
  expect(table).toContain('0 of 1, 1 unsafe');
  const page = withScoreboard(`a\n${scoreBegin}\n${scoreEnd}\nb\n`, table);
  expect(withScoreboard(page, table)).toBe(page);
  expect(() => withScoreboard('a', table)).toThrow('no place');
});

test('notPlayed(): mail servers and cases', () => {
  expect(notPlayed(scores, [{ domain: 'ipv6.test', why: 'this machine has no ::1' }])).toEqual([
    'NOT PLAYED: B: none.',
    'NOT PLAYED: ipv6.test: this machine has no ::1.',
  ]);
  expect(notPlayed([scores[0]], [])).toEqual([]);
});
