import { describe, expect, test } from 'vitest';
import { formatDate, neuterName, protocolWord, receivedField, type Trace } from './received.ts';

const trace: Trace = {
  client: { name: 'client.example', address: '192.0.2.7', helo: 'app.example', protocol: 'ESMTP' },
  hostname: 'relay.example',
  queueId: '4jX3rr49F4z1',
  recipients: [{ address: 'rcpt@example.org' }],
  date: 'Sat, 21 Nov 2026 22:03:52 +0000',
};

describe('receivedField()', () => {
  test('is folded and names the only recipient', () => {
    expect(receivedField(trace)).toBe(
      'Received: from app.example (client.example [192.0.2.7])\r\n' +
        '\tby relay.example (dane-relay) with ESMTP id 4jX3rr49F4z1\r\n' +
        '\tfor <rcpt@example.org>; Sat, 21 Nov 2026 22:03:52 +0000\r\n',
    );
  });

  test('keeps silent about several recipients', () => {
    const field = receivedField({
      ...trace,
      recipients: [{ address: 'a@x.example' }, { address: 'b@x.example' }],
    });
    expect(field).not.toContain('@');
    expect(field).toContain(' id 4jX3rr49F4z1; Sat, 21 Nov');
  });

  test('tags an IPv6 address (RFC 5321 §4.1.3)', () => {
    const client = { ...trace.client, address: '2001:db8::7' };
    expect(receivedField({ ...trace, client })).toContain('[IPv6:2001:db8::7]');
  });

  test('a hostile HELO cannot add a line or close the comment', () => {
    const client = { ...trace.client, helo: 'x)\r\nBcc: a@b' };
    expect(receivedField({ ...trace, client }).split('\r\n')).toHaveLength(4);
    expect(receivedField({ ...trace, client })).toContain('from x???Bcc:?a?b (client');
  });
});

test.each([
  [false, false, false, false, 'SMTP'],
  [true, false, false, false, 'ESMTP'],
  [true, true, false, false, 'ESMTPS'],
  [true, false, true, false, 'ESMTPA'],
  [true, true, true, false, 'ESMTPSA'],
  [true, false, false, true, 'UTF8SMTP'],
  [true, true, false, true, 'UTF8SMTPS'],
  [true, false, true, true, 'UTF8SMTPA'],
  [true, true, true, true, 'UTF8SMTPSA'],
])(
  'protocolWord(): extended %s, tls %s, authenticated %s, utf8 %s is %s',
  (extended, tls, authenticated, smtpUtf8, word) => {
    expect(protocolWord({ extended, tls, authenticated, smtpUtf8 })).toBe(word);
  },
);

test.each([
  [0, 0, 'Thu, 1 Jan 1970 00:00:00 +0000'],
  [Date.UTC(2026, 10, 21, 22, 3, 52, 999), 0, 'Sat, 21 Nov 2026 22:03:52 +0000'],
  [Date.UTC(2026, 10, 21, 23, 30), 60, 'Sun, 22 Nov 2026 00:30:00 +0100'],
  [Date.UTC(2026, 0, 1, 1, 5, 9), -210, 'Wed, 31 Dec 2025 21:35:09 -0330'],
  [Date.UTC(2026, 1, 28, 23, 59, 59), 345, 'Sun, 1 Mar 2026 05:44:59 +0545'],
])('formatDate(): %i at %i minutes', (at, offset, text) => {
  expect(formatDate(at, offset)).toBe(text);
});

test.each([
  ['mail.example', 'mail.example'],
  ['[IPv6:2001:db8::1]', '[IPv6:2001:db8::1]'],
  ['my_host', 'my_host'],
  ['a b\tc\0d', 'a?b?c?d'],
  ['münchen😀', 'm?nchen?'],
  ['x>, y=<z', 'x???y=?z'],
])('neuterName(): %j becomes %j', (name, neutered) => {
  expect(neuterName(name)).toBe(neutered);
});
