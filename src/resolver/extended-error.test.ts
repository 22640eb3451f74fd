import { expect, test } from 'vitest';
import { extendedErrors, isDisowned } from './extended-error.ts';

function option(code: number, data: Buffer, claimedLength = data.length): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code);
  head.writeUInt16BE(claimedLength, 2);
  return Buffer.concat([head, data]);
}
const ede = (infoCode: number, text = ''): Buffer =>
  option(15, Buffer.concat([Buffer.from([infoCode >> 8, infoCode & 255]), Buffer.from(text)]));
const cookie = option(10, Buffer.alloc(8));

test.each([
  ['nothing', Buffer.alloc(0), []],
  ['no other option', cookie, []],
  ['code and text', ede(6, 'no signature'), ['DNSSEC Bogus (no signature)']],
  ['a code without text', ede(9), ['DNSKEY Missing']],
  ['an unknown code', ede(4711), ['extended error 4711']],
  ['beside other options', Buffer.concat([cookie, ede(22)]), ['No Reachable Authority']],
  ['two', Buffer.concat([ede(6), ede(7)]), ['DNSSEC Bogus', 'Signature Expired']],
  ['at most three', Buffer.concat([ede(1), ede(2), ede(3), ede(4)]), [1, 2, 3].map(() => expect.any(String))],
  ['nothing after a broken option', Buffer.concat([option(15, Buffer.alloc(2), 900), ede(6)]), []],
  ['no text too short for a code', option(15, Buffer.alloc(1)), []],
  ['a final NUL dropped', ede(0, 'x\0'), ['Other (x)']],
  ['no control characters', ede(0, 'a\r\nQUEUEID: b\u001b'), ['Other (a QUEUEID: b?)']],
])('extendedErrors(): %s', (_, rdata, errors) => {
  expect(extendedErrors(rdata).texts).toEqual(errors);
});

test('extendedErrors(): long text is cut', () => {
  expect(extendedErrors(ede(0, 'x'.repeat(5000))).texts[0]?.length).toBeLessThan(220);
});

test('extendedErrors(): every code counts, though three are shown', () => {
  const rdata = Buffer.concat([0, 1, 2, 3, 6].map((code) => ede(code)));
  expect(extendedErrors(rdata).codes).toEqual(new Set([0, 1, 2, 3, 6]));
});

test.each([
  ['nothing', [], false, false],
  ['an algorithm that is not supported', [1], false, false],
  ['a stale answer', [3], false, false],
  ['NSEC3 iterations, synthesis', [27, 29], false, false],
  ['a stale denial', [19], false, true],
  ['a network error', [23], false, true],
  ['DNSSEC Bogus', [6], true, true],
  ['Blocked beside others', [0, 15], true, true],
])('isDisowned(): %s', (_, codes, records, denial) => {
  const errors = extendedErrors(Buffer.concat(codes.map((code) => ede(code))));
  expect([isDisowned(errors, 'records'), isDisowned(errors, 'denial')]).toEqual([records, denial]);
});
