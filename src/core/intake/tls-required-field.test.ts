import { expect, test } from 'vitest';
import { HeaderScan } from '../mail/header-scan.ts';
import { TlsRequiredField, tlsRequiredName } from './tls-required-field.ts';

/** What a header says that comes in pieces of so many octets. */
function saidBy(header: string, pieceBytes = 1_000): string {
  const field = new TlsRequiredField();
  const scan = new HeaderScan(new Set());
  let unread = Buffer.alloc(0);
  const all = Buffer.from(header, 'latin1');
  for (let at = 0; at < all.length; at += pieceBytes) {
    const octets = Buffer.concat([unread, all.subarray(at, at + pieceBytes)]);
    const progress = scan.push(octets, (name, begins, start, end) => {
      if (name === tlsRequiredName) field.take(octets, begins, start, end);
    });
    if (progress.kind === 'end') break;
    unread = octets.subarray(progress.length);
  }
  return field.said;
}

test.each([
  ['TLS-Required: No\r\nSubject: x\r\n\r\n', 'no'],
  ['Subject: x\r\ntls-required:nO\r\n\r\n', 'no'],
  ['TLS-Required :\r\n\tNo \r\n\r\n', 'no'],
  ['Subject: x\r\n\r\nTLS-Required: No\r\n', 'nothing'],
  ['Subject: x\r\n TLS-Required: No\r\n\r\n', 'nothing'],
  ['X-TLS-Required: No\r\n\r\n', 'nothing'],
  ['TLS-Required: No\r\nTLS-Required: No\r\n\r\n', 'twice'],
  ['TLS-Required: No\r\nTLS-Required: Yes\r\n\r\n', 'twice'],
  ['TLS-Required: Yes\r\n\r\n', 'unknown value'],
  ['TLS-Required:\r\n\r\n', 'unknown value'],
  ['TLS-Required: No, not at all\r\n\r\n', 'unknown value'],
  ['TLS-Required: No\xa0\r\n\r\n', 'unknown value'],
  ['TLS-Required: \vNo\r\n\r\n', 'unknown value'],
  ['TLS-Required: No\r\n \r\n\t\r\n\r\n', 'no'],
  ['TLS-Required: No\r\n No\r\n\r\n', 'unknown value'],
  ['TLS-Required: No: really\r\n\r\n', 'unknown value'],
  [`TLS-Required: No${' '.repeat(300)}x\r\n\r\n`, 'unknown value'],
  [`TLS-Required: No\r\n${' x\r\n'.repeat(100_000)}\r\n`, 'unknown value'],
])('%#: a header says what it says, in one piece or octet by octet', (header, expected) => {
  expect(saidBy(header)).toBe(expected);
  expect(saidBy(header.slice(0, 1_000), 1)).toBe(expected);
});
