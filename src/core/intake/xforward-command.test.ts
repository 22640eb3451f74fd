import { describe, expect, test } from 'vitest';
import { type Origin, originText, parseXforwardCommand } from './xforward-command.ts';

function originOf(...lines: readonly string[]): Origin | undefined {
  let origin: Origin | undefined;
  for (const line of lines) {
    const read = parseXforwardCommand(line, origin);
    if (read.kind === 'xforward') ({ origin } = read);
  }
  return origin;
}

describe('what XFORWARD adds to the log', () => {
  test.each<[readonly string[], string]>([
    [['XFORWARD NAME=a.example ADDR=192.0.2.1'], ', orig_client=a.example[192.0.2.1]'],
    [
      [
        'XFORWARD NAME=a.example ADDR=192.0.2.1 PORT=40000 HELO=b PROTO=ESMTP',
        'XFORWARD IDENT=4ABC SOURCE=REMOTE',
      ],
      ', orig_queue_id=4ABC, orig_client=a.example[192.0.2.1]',
    ],
    [['XFORWARD IDENT=4ABC'], ', orig_queue_id=4ABC'],
    [['XFORWARD IDENT=4+20B+0D'], ', orig_queue_id=4?B?'],
    [['XFORWARD IDENT=4ABC IDENT=[UNAVAILABLE] SOURCE=LOCAL'], ''],
    [['XFORWARD NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE]'], ', orig_client=unknown'],
    [['XFORWARD ADDR=IPV6:2001:db8::1'], ', orig_client=unknown[2001:db8::1]'],
    [['XFORWARD HELO=a.example'], ', orig_client=unknown'],
    [[], ''],
  ])('%j', (lines, text) => {
    expect(originText(originOf(...lines))).toBe(text);
  });
});

test.each([
  ['XFORWARD', '501 5.5.4 Syntax: XFORWARD attribute=value...'],
  ['XFORWARD NAME=<a>', '501 5.5.4 Bad NAME syntax: ?a?'],
  ['XFORWARD ADDR=a', '501 5.5.4 Bad ADDR syntax: a'],
  ['XFORWARD PORT=a', '501 5.5.4 Bad PORT syntax: a'],
  ['XFORWARD SOURCE=a', '501 5.5.4 Bad SOURCE syntax: a'],
  [`XFORWARD PROTO=${'a'.repeat(65)}`, `501 5.5.4 Bad PROTO syntax: ${'a'.repeat(65)}`],
  ['XFORWARD LOGIN=a', '501 5.5.4 Bad XFORWARD attribute name: LOGIN'],
])('parseXforwardCommand() refuses %j', (line, reply) => {
  expect(parseXforwardCommand(line)).toEqual({ kind: 'refused', reply });
});
