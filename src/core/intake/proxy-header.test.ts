import { describe, expect, test } from 'vitest';
import { readProxyHeader } from './proxy-header.ts';

const signature = '0d0a0d0a000d0a515549540a';
const client = { address: '192.0.2.1', port: 40_000 };
const dialled = { address: '198.51.100.2', port: 25 };
const lineOf = (text: string): Buffer => Buffer.from(text, 'latin1');
/** Version 2. @param tail octets behind the fixed part, in hexadecimal */
const binary = (command: string, family: string, tail: string, bytes = tail.length / 2): Buffer =>
  Buffer.from(`${signature}${command}${family}${bytes.toString(16).padStart(4, '0')}${tail}`, 'hex');

const ip4 = 'c0000201c63364029c400019';
const ip6 = '20010db800000000000000000000000120010db80000000000000000000000029c400019';
const mapped = '00000000000000000000ffffc000020100000000000000000000ffffc63364029c400019';
const both6 = {
  client: { address: '2001:db8::1', port: 40_000 },
  dialled: { address: '2001:db8::2', port: 25 },
};
/** PP2_TYPE_AUTHORITY */
const tlv = '02000461626364';

const good: readonly [string, Buffer, object][] = [
  [
    'version 1, TCP4',
    lineOf('PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r\n'),
    { kind: 'client', client, dialled },
  ],
  [
    'version 1, TCP6, in a longer form',
    lineOf('PROXY TCP6 2001:DB8:0:0:0:0:0:1 2001:db8::2 40000 25\r\n'),
    { kind: 'client', ...both6 },
  ],
  [
    'version 1, the longest of TCP6',
    lineOf(
      `PROXY TCP6 ${Array(8).fill('ffff').join(':')} ${Array(8).fill('ffff').join(':')} 65535 65535\r\n`,
    ),
    { kind: 'client', client: { address: Array(8).fill('ffff').join(':'), port: 65_535 } },
  ],
  [
    'version 1, IPv4 in IPv6',
    lineOf('PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.2 40000 25\r\n'),
    { kind: 'client', client, dialled },
  ],
  ['version 1, UNKNOWN', lineOf('PROXY UNKNOWN\r\n'), { kind: 'health check' }],
  [
    'version 1, UNKNOWN with what has to be ignored',
    lineOf('PROXY UNKNOWN ffff::1 127.0.0.1 1 2 x\r\n'),
    { kind: 'health check' },
  ],
  ['version 2, TCP4', binary('21', '11', ip4), { kind: 'client', client, dialled }],
  ['version 2, TCP4, more behind it', binary('21', '11', ip4 + tlv), { kind: 'client', client, dialled }],
  ['version 2, TCP6', binary('21', '21', ip6), { kind: 'client', ...both6 }],
  ['version 2, IPv4 in IPv6', binary('21', '21', mapped), { kind: 'client', client, dialled }],
  ['version 2, LOCAL', binary('20', '00', ''), { kind: 'health check' }],
  ['version 2, LOCAL with addresses', binary('20', '11', ip4), { kind: 'health check' }],
  ['version 2, PROXY for nobody', binary('21', '00', tlv), { kind: 'health check' }],
  ['version 2, as long as it may be', binary('20', '00', '00'.repeat(520)), { kind: 'health check' }],
];

describe('readProxyHeader()', () => {
  test.each(good)('%s', (_, header, expected) => {
    expect(readProxyHeader(header)).toMatchObject(expected);
  });

  test.each(good)('%s: waits for every octet, and keeps what follows', (_, header) => {
    for (let length = 0; length < header.length; length += 1)
      expect(readProxyHeader(header.subarray(0, length))).toEqual({ kind: 'open' });
    const read = readProxyHeader(Buffer.concat([header, lineOf('EHLO a\r\nPROXY TCP4')]));
    expect('rest' in read && read.rest.toString('latin1')).toBe('EHLO a\r\nPROXY TCP4');
  });

  test.each<[string, Buffer]>([
    ['a command', lineOf('E')],
    ['TLS', lineOf('\x16\x03\x01')],
    ['a line that begins with a blank', lineOf(' PROXY')],
    ['lower case', lineOf('proxy')],
    ['another word', lineOf('PROXX')],
    ['another signature', Buffer.from('0d0a0d0a000d0b', 'hex')],
    ['an endless line', lineOf(`PROXY TCP4 ${'1'.repeat(96)}`)],
    ['an endless line of UNKNOWN', lineOf(`PROXY UNKNOWN ${'1'.repeat(93)}`)],
    ['a bare LF', lineOf('PROXY UNKNOWN\n')],
    ['a bare CR', lineOf('PROXY UNKNOWN \r \r\n')],
    ['another family', lineOf('PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['an address of another family', lineOf('PROXY TCP4 ::1 ::1 1 2\r\n')],
    ['an address that a system would take', lineOf('PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n')],
    ['an address with a zone', lineOf('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n')],
    ['a name', lineOf('PROXY TCP4 localhost 192.0.2.2 1 2\r\n')],
    ['a port that is none', lineOf('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n')],
    ['no ports', lineOf('PROXY TCP4 192.0.2.1 192.0.2.2\r\n')],
    ['a word too many', lineOf('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n')],
    ['two blanks', lineOf('PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['version 3', binary('31', '11', ip4)],
    ['version 1 in octets', binary('11', '11', ip4)],
    ['another command', binary('22', '11', ip4)],
    ['UDP', binary('21', '12', ip4)],
    ['a unix socket', binary('21', '31', '00'.repeat(216))],
    ['addresses that do not fit', binary('21', '11', ip4.slice(2))],
    ['IPv6 in the room of IPv4', binary('21', '21', ip4)],
    ['a header that is too long, before its end has come', binary('21', '11', ip4, 521)],
    ['the longest length', binary('20', '00', '', 65_535)],
  ])('refuses %s', (_, octets) => {
    expect(readProxyHeader(octets)).toMatchObject({ kind: 'malformed', why: expect.any(String) });
  });

  test('looks at no more than a header may have', () => {
    const endless = Buffer.concat([lineOf('PROXY TCP4 '), Buffer.alloc(1_000_000, '1')]);
    expect(readProxyHeader(endless)).toMatchObject({ kind: 'malformed' });
  });
});
