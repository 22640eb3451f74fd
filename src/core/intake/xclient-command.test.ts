import { describe, expect, test } from 'vitest';
import { clientAt, localClient, mayRelay } from './client-identity.ts';
import { parseXclientCommand, speakingFor, type XclientCommand } from './xclient-command.ts';

describe('parseXclientCommand()', () => {
  test.each<[string, object]>([
    ['XCLIENT ADDR=192.0.2.1', { address: '192.0.2.1' }],
    ['xclient addr=192.0.2.1', { address: '192.0.2.1' }],
    ['XCLIENT  ADDR=192.0.2.1\tNAME=a.example ', { address: '192.0.2.1', name: 'a.example' }],
    ['XCLIENT ADDR=IPV6:2001:DB8::1', { address: '2001:db8::1' }],
    ['XCLIENT ADDR=2001:db8::1', { address: '2001:db8::1' }],
    ['XCLIENT ADDR=IPv6:::ffff:192.0.2.1', { address: '192.0.2.1' }],
    ['XCLIENT ADDR=[UNAVAILABLE]', { address: 'unknown' }],
    ['XCLIENT ADDR=+5BUNAVAILABLE+5D', { address: 'unknown' }],
    ['XCLIENT NAME=[UNAVAILABLE]', { name: 'unknown' }],
    ['XCLIENT NAME=[TEMPUNAVAIL]', { name: 'unknown' }],
    ['XCLIENT NAME=A.Example', { name: 'a.example' }],
    ['XCLIENT REVERSE_NAME=a.example DESTADDR=192.0.2.9 DESTPORT=25', {}],
    ['XCLIENT PORT=40000', { port: 40_000 }],
    ['XCLIENT PORT=[UNAVAILABLE]', {}],
    ['XCLIENT HELO=[192.0.2.1]', { helo: '[192.0.2.1]' }],
    ['XCLIENT HELO=a+20b+0D+0Ac+3Cd+3E', { helo: 'a?b??c?d?' }],
    ['XCLIENT PROTO=esmtp', { protocol: 'ESMTP' }],
    ['XCLIENT LOGIN=ann@example.org', { user: 'ann@example.org' }],
    ['XCLIENT LOGIN=ann+2Bx+3Dy+0A', { user: 'ann+x=y?' }],
    ['XCLIENT LOGIN=[UNAVAILABLE]', {}],
    ['XCLIENT LOGIN=a+b', { user: 'a+b' }],
    ['XCLIENT NAME=a.example NAME=b.example', { name: 'b.example' }],
  ])('%j', (line, expected) => {
    expect(parseXclientCommand(line)).toEqual({ kind: 'xclient', ...expected });
  });

  test.each([
    ['XCLIENT', '501 5.5.4 Syntax: XCLIENT attribute=value...'],
    ['XCLIENT NAME', '501 5.5.4 Error: attribute=value expected'],
    ['XCLIENT NAME=', '501 5.5.4 Error: attribute=value expected'],
    ['XCLIENT =a', '501 5.5.4 Error: attribute=value expected'],
    [`XCLIENT HELO=${'a'.repeat(256)}`, '501 5.5.4 Error: attribute value too long'],
    ['XCLIENT NAME=a..b', '501 5.5.4 Bad NAME syntax: a..b'],
    ['XCLIENT NAME=a+0D+0A250', '501 5.5.4 Bad NAME syntax: a??250'],
    ['XCLIENT ADDR=localhost', '501 5.5.4 Bad ADDR syntax: localhost'],
    ['XCLIENT ADDR=127.1', '501 5.5.4 Bad ADDR syntax: 127.1'],
    ['XCLIENT DESTADDR=x', '501 5.5.4 Bad DESTADDR syntax: x'],
    ['XCLIENT PORT=65536', '501 5.5.4 Bad PORT syntax: 65536'],
    ['XCLIENT DESTPORT=-1', '501 5.5.4 Bad DESTPORT syntax: -1'],
    ['XCLIENT PROTO=HTTP', '501 5.5.4 Bad PROTO syntax: HTTP'],
    ['XCLIENT WHO=<me>', '501 5.5.4 Bad XCLIENT attribute name: WHO'],
    ['XCLIENT W<O=a', '501 5.5.4 Bad XCLIENT attribute name: W?O'],
  ])('refuses %j', (line, reply) => {
    expect(parseXclientCommand(line)).toEqual({ kind: 'refused', reply });
  });
});

describe('speakingFor()', () => {
  const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] } as const;
  const peer = {
    ...clientAt('192.0.2.9', 'submission', 50_000),
    name: 'proxy.example',
    tls,
    user: 'proxy',
    certificateMayRelay: true,
  };
  const after = (said: Omit<XclientCommand, 'kind'>, from = peer) =>
    speakingFor(from, { kind: 'xclient', ...said });

  test('a new address has no name but the one that is said, and TLS stays', () => {
    expect(after({ address: '203.0.113.9' })).toEqual({
      ...clientAt('203.0.113.9', 'submission'),
      tls,
      isSpokenFor: true,
    });
    expect(after({ address: '203.0.113.9', name: 'a.example', port: 7 })).toMatchObject({
      name: 'a.example',
      port: 7,
    });
  });

  test('rights of the peer do not pass to those for whom it speaks', () => {
    const nobody = (): boolean => false;
    for (const from of [peer, localClient('unix')]) {
      expect(mayRelay(from, nobody)).toBe(true);
      expect(mayRelay(speakingFor(from, { kind: 'xclient', helo: 'a' }), nobody)).toBe(false);
      expect(mayRelay(speakingFor(from, { kind: 'xclient', user: 'ann' }), nobody)).toBe(true);
    }
  });

  test('a health check stays one', () => {
    const check = { ...peer, isHealthCheck: true };
    expect(mayRelay(after({ address: '127.0.0.1', user: 'ann' }, check), () => true)).toBe(false);
  });
});
