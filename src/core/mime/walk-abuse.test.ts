import { expect, test } from 'vitest';
import { SevenBitScan } from './seven-bit-plan.ts';

/**
 * Content that is made to be looked through for long. The work is a few steps for each octet, whatever it is; where it were
 * for each pair of octets, none of these would come to its end in this life.
 */

const MiB = 1024 ** 2;
const header = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
/** Multiparts in each other, as deep as they are followed. */
const nested = Array.from(
  { length: 99 },
  (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
);

test.each([
  ['comments that never end', '', `Content-Transfer-Encoding: ${'('.repeat(8_000)}\r\n`],
  ['a comment of 4 MiB', 'Content-Transfer-Encoding: ', '('],
  ['blanks behind what may be a delimiter', header, `--b${' '.repeat(16_000)}x\r\n`],
  ['a delimiter and 4 MiB of blanks', `${header}--b`, ' '],
  ['folded lines of an octet', 'Content-Type: text/plain\r\n', ' x\r\n'],
  ['folded fields of an octet a line', '', `Content-Type:\r\n${' x\r\n'.repeat(2_000)}`],
  ['parameters that are none', 'Content-Type: text/plain', '; boundary = '],
  ['quotes', 'Content-Type: multipart/mixed; boundary="', '\\"'],
  ['empty parts', header, '--b\r\n\r\n'],
  ['dashes in the depth', nested.join(''), '--\r\n'],
  ['parts that are opened and closed', header, `--b\r\n${header}--b\r\n\r\n--b--\r\n`],
  ['one line', 'Subject: ', 'x'],
  ['one octet beyond ASCII a line', '\r\n', '\xfc\r\n'],
])(
  '%s',
  (_, start, again) => {
    const scan = new SevenBitScan();
    const piece = Buffer.from(again.repeat(Math.ceil(65_536 / again.length)), 'latin1');
    scan.push(Buffer.from(start, 'latin1'));
    for (let sent = 0; sent < 4 * MiB; sent += piece.length) scan.push(piece);
    expect(scan.end().internationalHeader).toBe(false);
  },
  30_000,
);
