import { describe, expect, test } from 'vitest';
import { hasForeignCode, hostsText, parseNextHop, readNextHop } from './next-hop.ts';

describe('parseNextHop()', () => {
  test.each([
    ['example.org', false, ['example.org mx']],
    ['[a.example.org]:587', false, ['a.example.org host 587']],
    ['[a.example.org]:587, b.example.org', false, ['a.example.org host 587', 'b.example.org mx']],
    ['smtps:[a.example.org]', true, ['a.example.org host 465']],
    ['smtps:[a.example.org]:4465, [192.0.2.1]', true, ['a.example.org host 4465', '192.0.2.1 literal 465']],
    ['[IPv6:2001:db8::1]', false, ['2001:db8::1 literal']],
    ['smtp:retry:25', false, ['retry mx 25']],
    ['a b!', false, ['a mx', 'b! mx']],
    ['', false, [' mx']],
    ['smtp:', false, ['smtp: mx']],
  ])('%j', (text, wrapper, expected) => {
    const nextHop = parseNextHop(text);
    if (nextHop.kind !== 'hosts') throw new Error('no hosts');
    expect(nextHop.wrapper).toBe(wrapper);
    const shown = nextHop.destinations.map(({ host, kind, port }) => [host, kind, port].join(' ').trimEnd());
    expect(shown).toEqual(expected);
  });

  test.each([
    ['error:5.1.6 they have moved', 'bounced', '5.1.6', 'they have moved'],
    ['error:they have moved', 'bounced', '5.0.0', 'they have moved'],
    ['error: 4.1.6 odd', 'bounced', '5.0.0', 'odd'],
    ['error:', 'bounced', '5.0.0', 'Address is undeliverable'],
    ['error:5.1.6', 'bounced', '5.1.6', 'Address is undeliverable'],
    ['error:5.1.66666 odd', 'bounced', '5.0.0', '5.1.66666 odd'],
    ['retry:4.3.2 closed until Monday', 'deferred', '4.3.2', 'closed until Monday'],
    ['retry:closed', 'deferred', '4.0.0', 'closed'],
  ])('%j', (text, outcome, dsn, reason) => {
    expect(parseNextHop(text)).toEqual({ kind: 'refusal', outcome, dsn, reason });
  });
});

test.each([
  ['Example.ORG.', 'example.org'],
  ['[A.example.org]:587 , b.example.org', '[a.example.org]:587, b.example.org'],
  ['smtps:[a.example.org]', 'smtps:[a.example.org]'],
  ['smtp:[a.example.org]', '[a.example.org]'],
  ['retry:25', 'smtp:retry:25'],
  ['smtp:25', 'smtp:smtp:25'],
  ['a.example.org, 192.0.2.1', undefined],
  ['', undefined],
  ['smtps:', undefined],
  ['error:no', undefined],
])('readNextHop(): %j', (text, expected) => {
  expect(readNextHop(text)).toBe(expected);
  // What it makes is read as what it was made of.
  if (expected !== undefined) expect(parseNextHop(expected).kind).toBe('hosts');
});

test('hostsText(): nothing else than destinations', () => {
  expect(hostsText(' , ', false)).toBeUndefined();
  expect(hostsText('a.test, [b.test', false)).toBeUndefined();
});

test('hasForeignCode()', () => {
  expect([hasForeignCode('error', '4.1.1 x'), hasForeignCode('error', '5.1.1 x')]).toEqual([true, false]);
  expect([hasForeignCode('retry', '5.1.1 x'), hasForeignCode('retry', 'x')]).toEqual([true, false]);
});
