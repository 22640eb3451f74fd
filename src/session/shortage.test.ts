import { expect, test } from 'vitest';
import { isShortage, toldTrouble } from './shortage.ts';

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`connect ${code} 192.0.2.1:25`), { code, syscall: 'connect' });
}

test.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRINUSE', 'EAGAIN'])('%s is a shortage', (code) => {
  expect(isShortage(systemError(code), '192.0.2.1')).toBe(true);
});

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'EPERM',
  'EPIPE',
])('%s is none', (code) => {
  expect(isShortage(systemError(code), '192.0.2.1')).toBe(false);
});

test.each<[string, readonly string[], boolean]>([
  ['192.0.2.1', ['192.0.2.7'], true],
  ['192.0.2.1', ['127.0.0.1', '2001:db8::7'], false],
  ['127.0.0.1', ['127.0.0.1'], true],
  ['2001:db8::1', ['192.0.2.7', '::1'], false],
  ['2001:db8::1', ['192.0.2.7', 'fe80::7'], false],
  ['2001:db8::1', ['192.0.2.7', '2001:db8::7'], true],
])('EADDRNOTAVAIL on the way to %s with the addresses %j: a shortage: %s', (remote, addresses, expected) => {
  const infos = addresses.map((address) => {
    const internal = address === '::1' || address.startsWith('127.');
    const info = { address, internal, netmask: '', mac: '', cidr: null };
    return address.includes(':')
      ? ({ ...info, family: 'IPv6', scopeid: 0 } as const)
      : ({ ...info, family: 'IPv4' } as const);
  });
  const interfaces = () => ({ eth0: infos });
  expect(isShortage(systemError('EADDRNOTAVAIL'), remote, interfaces)).toBe(expected);
});

test('toldTrouble(): what this machine is short of is ours, and the operator hears of it', () => {
  const events: unknown[] = [];
  const peer = { host: 'mx.example', address: '192.0.2.1', port: 25 };
  const log = (event: unknown): unknown => events.push(event);
  const reason =
    'lost connection with mx.example[192.0.2.1] while sending MAIL FROM: No buffer space available';
  const shortage = { kind: 'lost', shortage: 'No buffer space available' } as const;
  expect(toldTrouble({ log }, 'MAIL', shortage, peer)).toMatchObject({
    outcome: 'deferred',
    ours: true,
    reason,
  });
  expect(events).toMatchObject([{ severity: 'error', event: 'shortage', text: reason }]);
  expect(toldTrouble({ log }, 'end of content', shortage, peer)).toMatchObject({
    ours: true,
    ambiguous: true,
  });
  expect(toldTrouble({ log }, 'MAIL', { kind: 'lost' }, peer)).not.toHaveProperty('ours');
  expect(events).toHaveLength(2);
});
