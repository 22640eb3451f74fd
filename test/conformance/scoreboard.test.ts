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
const well = { verdict: 'as expected', played: { ...played, inClear: false } } as const;
const unsafe = { verdict: 'UNSAFE', played } as const;
const parts = [
  { title: 'cases', cases: [one], unseen: [] },
  {
    title: 'Names: all of them',
    cases: [
      { ...one, domain: 'example.name-01.test', what: 'a name' },
      { ...one, domain: 'example.name-02.test', what: 'a | bar', knownDifference: 'it depends' },
    ],
    unseen: [
      { id: 'name-03', why: 'chance' },
      { id: 'name-04', why: 'settings' },
      { id: 'name-05', why: 'settings' },
    ],
  },
  { title: 'Settings', cases: [], unseen: [{ id: 'policy-01', why: 'settings' }] },
];
const scores = [
  { name: 'A', version: 'A 1', results: [[unsafe], [well, unsafe], []] },
  { name: 'B', skipped: 'none' },
] as const;

test('scoreboard(): every case, and of the vectors how many, which not, and what was not played', () => {
  expect(scoreboard(parts, scores, 'Played once.')).toBe(`Played once.

| destination | what it is | expected | A 1 |
| --- | --- | --- | --- |
| \`x.test\` | x | delivered | UNSAFE (delivered, 1 mail came in clear) |
| **all** |  |  | 0 of 1, 1 unsafe |

The vectors, each row a destination of its own:

| vectors | rows | played | A 1 |
| --- | --- | --- | --- |
| Names: all of them | 5 | 2 | 1 of 2, 1 unsafe |
| Settings | 1 | 0 |  |
| **all** | 6 | 2 | 1 of 2, 1 unsafe |

Rows that did not come as expected with all of them:

| row | what it is | expected | A 1 |
| --- | --- | --- | --- |
| \`name-02\` | a \\| bar (known: it depends) | delivered | UNSAFE (delivered, 1 mail came in clear) |

Rows that were not played, by what they turn on:

| it turns on | rows |
| --- | --- |
| settings | 3 |
| chance | 1 |`);
});

test('withScoreboard(): is put where the page has a place for it, again and again', () => {
  const text = scoreboard(parts, scores, 'Played once.');
  const page = withScoreboard(`a\n${scoreBegin}\n${scoreEnd}\nb\n`, text);
  expect(page).toContain(text);
  expect(withScoreboard(page, text)).toBe(page);
  expect(() => withScoreboard('a', text)).toThrow('no place');
});

test('notPlayed(): mail servers and cases', () => {
  expect(notPlayed(scores, [{ domain: 'ipv6.test', why: 'this machine has no ::1' }])).toEqual([
    'NOT PLAYED: B: none.',
    'NOT PLAYED: ipv6.test: this machine has no ::1.',
  ]);
  expect(notPlayed([scores[0]], [])).toEqual([]);
});
