import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { checkRequest, type CheckRequest } from './check-request.ts';

const now = Date.parse('2026-11-29T12:00:00Z');
const dayMs = 86_400_000;

function request(...words: readonly string[]): CheckRequest {
  return checkRequest(parseArguments(['check', ...words]), now);
}

test('checkRequest(): what is meant where nothing is said', () => {
  expect(request('example.org')).toEqual({
    destinations: [
      { text: 'example.org', destination: { nextHop: 'example.org', kind: 'mx', host: 'example.org' } },
    ],
    mailed: false,
    output: 'text',
    aheadMs: 0,
    days: { warning: 14, critical: 3, always: false },
    repeat: 1,
    delayMs: 0,
    timeoutMs: 60_000,
    parallel: 8,
  });
  expect(request('--nagios', 'example.org').timeoutMs).toBe(10_000);
});

test.each([
  ['[mx.example.org]:587', { kind: 'host', host: 'mx.example.org', port: 587 }],
  ['mx.example.org:smtp', { kind: 'mx', host: 'mx.example.org', port: 25 }],
  ['[192.0.2.25]', { kind: 'literal', host: '192.0.2.25' }],
  ['[IPv6:2001:db8::1]', { kind: 'literal', host: '2001:db8::1' }],
  ['gr\u00fc\u00dfe.example', { kind: 'mx', host: 'xn--gre-6ka8l.example' }],
])('checkRequest(): %s', (text, destination) => {
  expect(request(text).destinations[0]).toMatchObject({ text, destination });
});

describe('checkRequest(): options', () => {
  test.each([
    ['+30d', 30 * dayMs],
    ['30d', 30 * dayMs],
    ['2026-11-28', -1.5 * dayMs],
    ['2026-12-29', 29.5 * dayMs],
  ])('--at %s', (text, aheadMs) => {
    expect(request('example.org', '--at', text).aheadMs).toBe(aheadMs);
  });

  test.each([
    ['20', { warning: 20, critical: 3, always: true }],
    ['2', { warning: 2, critical: 2, always: true }],
    ['20,5', { warning: 20, critical: 5, always: true }],
  ])('--days %s', (text, days) => {
    expect(request('example.org', '--days', text).days).toEqual(days);
  });

  test('the others', () => {
    const words = ['--port', '2525', '--resolver', '[::1]:5353', '-6', '--level', 'dane-only', '--csv'];
    expect(
      request('example.org', ...words, '--repeat', '3', '--delay', '5s', '--parallel', '2'),
    ).toMatchObject({
      port: 2525,
      resolver: { host: '::1', port: 5353 },
      families: [6],
      level: 'dane-only',
      output: 'csv',
      repeat: 3,
      delayMs: 5_000,
      parallel: 2,
    });
  });
});

test.each([
  [[], '"check" needs a domain or host, --file or --mailed.'],
  [['a.test', '--nagios', '--mailed'], '--nagios takes one destination.'],
  [['a b'], '"a b" is no domain, and no host in brackets.'],
  [['mx.example.org:0'], '"mx.example.org:0" is no domain, and no host in brackets.'],
  [['[]'], '"[]" is no domain, and no host in brackets.'],
  [['a.test', 'b.test', '--nagios'], '--nagios takes one destination.'],
  [['a.test', '--json', '--csv'], '--json and --csv exclude each other.'],
  [['a.test', '--csv', '--note'], '--csv and --note exclude each other.'],
  [['a.test', '-4', '-6'], '--ipv4 and --ipv6 together leave all addresses: leave out both.'],
  [['a.test', '--at', 'soon'], '--at takes "+30d", or a date such as "2027-01-31", not "soon".'],
  [['a.test', '--at', '2026-13-45'], '--at takes "+30d", or a date such as "2027-01-31", not "2026-13-45".'],
  [['a.test', '--days', '3,14'], '--days takes days such as "14" or "14,3", not "3,14".'],
  [['a.test', '--port', '0'], '--port takes a port, not "0".'],
  [['a.test', '--timeout', '0s'], '--timeout takes a time such as "30s", not "0s".'],
  [['a.test', '--repeat', 'x'], '--repeat takes a number up to 1000, not "x".'],
  [['a.test', '--resolver', 'localhost'], '--resolver takes the address of a resolver, not "localhost".'],
  [
    ['a.test', '--resolver', '127.0.0.53'],
    '--resolver: 127.0.0.53 of systemd-resolved hands on what others say, and validates nothing.',
  ],
])('checkRequest(): %j makes no sense', (words, sentence) => {
  expect(() => request(...words)).toThrow(`${sentence} See "dane-relay help check".`);
});
