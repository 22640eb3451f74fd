import { expect, test } from 'vitest';
import { judgeCase } from './play.ts';
import { outcomeInLog } from './mtas/log-outcome.ts';
import { scoreBegin, scoreboard, scoreEnd, withScoreboard } from './scoreboard.ts';

const expected = (outcome: string, mails: number) => ({
  expected: { outcome, mails, unauthenticated: !outcome.includes('Verified') && mails > 0 },
});

test.each([
  ['sent 2.0.0 Verified', 1, { outcome: 'delivered', mails: 1, inClear: false }, 'as expected'],
  ['sent 2.0.0 Verified', 1, { outcome: 'delivered', mails: 1, inClear: true }, 'UNSAFE'],
  ['sent 2.0.0 Untrusted', 1, { outcome: 'delivered', mails: 1, inClear: true }, 'in clear'],
  ['sent 2.0.0 Untrusted', 1, { outcome: 'delivered', mails: 1, inClear: false }, 'as expected'],
  ['sent 2.0.0 Verified', 1, { outcome: 'waits', mails: 0, inClear: false }, 'not delivered'],
  ['deferred 4.7.5 Untrusted', 0, { outcome: 'waits', mails: 0, inClear: false }, 'as expected'],
  ['deferred 4.7.5 Untrusted', 0, { outcome: 'delivered', mails: 1, inClear: false }, 'UNSAFE'],
  ['deferred 4.7.5 Untrusted', 0, { outcome: 'waits', mails: 1, inClear: false }, 'UNSAFE'],
  ['deferred 4.7.5 -', 0, { outcome: 'delivered', mails: 0, inClear: false }, 'UNSAFE'],
  ['deferred 4.7.5 -', 0, { outcome: 'returned', mails: 0, inClear: false }, 'other outcome'],
  ['bounced 5.1.10 -', 0, { outcome: 'returned', mails: 0, inClear: false }, 'as expected'],
] as const)('judgeCase(): %s and %i mails', (outcome, mails, played, verdict) => {
  expect(judgeCase(expected(outcome, mails), played)).toBe(verdict);
});

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

test('scoreboard(): is put where the page has a place for it, again and again', () => {
  const one = { domain: 'x.test', what: 'x', client: 'nodemailer', ...expected('sent 2.0.0 -', 1) } as const;
  const played = { outcome: 'delivered', mails: 1, inClear: true } as const;
  const scores = [
    { name: 'A', version: 'A 1', results: [{ verdict: 'UNSAFE', played }] },
    { name: 'B', skipped: 'none' },
  ] as const;
  const table = scoreboard([one], scores, 'Played once.');
  expect(table).toContain('| `x.test` | x | delivered | UNSAFE (delivered, 1 mail came in clear) |');
  expect(table).toContain('0 of 1, 1 unsafe');
  expect(table).toContain('NOT PLAYED: B: none.');
  const page = withScoreboard(`a\n${scoreBegin}\n${scoreEnd}\nb\n`, table);
  expect(withScoreboard(page, table)).toBe(page);
  expect(() => withScoreboard('a', table)).toThrow('no place');
});
