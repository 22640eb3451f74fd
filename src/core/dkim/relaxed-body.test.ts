import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import { RelaxedBody } from './relaxed-body.ts';

function hashed(body: Buffer, cut: (at: number) => number = () => body.length || 1): string {
  const relaxed = new RelaxedBody();
  for (let at = 0; at < body.length;) {
    const next = at + cut(at);
    relaxed.push(body.subarray(at, next));
    at = next;
  }
  return relaxed.end();
}

/** RFC 6376 §3.4.4 in the order of its words, over a whole body. */
function asTheRfcHasIt(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replaceAll(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.at(-1) === '') lines.pop();
  const text = lines.map((line) => `${line}\r\n`).join('');
  return createHash('sha256').update(text, 'latin1').digest('base64');
}

describe('a body', () => {
  test.each([
    // RFC 6376 §3.4.5
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['', ''],
    ['\r\n\r\n', ''],
    [' \t\r\n ', ''],
    ['x', 'x\r\n'],
    ['x \t', 'x\r\n'],
    ['x\r', 'x\r\r\n'],
    ['a\rb\nc\r\r\n', 'a\rb\nc\r\r\n'],
    ['\r\n\r\nx\r\n', '\r\n\r\nx\r\n'],
    ['\0\u00a0 \u00a0\x0b\r\n', '\0\u00a0 \u00a0\x0b\r\n'],
  ])('%j is hashed as %j', (body, canonical) => {
    const expected = createHash('sha256').update(canonical, 'latin1').digest('base64');
    expect(hashed(Buffer.from(body, 'latin1'))).toBe(expected);
    expect(hashed(Buffer.from(body, 'latin1'), () => 1)).toBe(expected);
  });

  test('is the same however it is cut, and as the RFC has it', () => {
    const dice = makeDice(51);
    const pieces = [
      '\r\n',
      '\r\n',
      ' ',
      '\t',
      'a',
      'bc',
      '\u00fc',
      '\r',
      '\n',
      '\r\n'.repeat(40),
      ' '.repeat(9),
    ];
    for (let round = 0; round < 3000; round += 1) {
      const body = Array.from({ length: dice.below(30) }, () => pieces[dice.below(pieces.length)]).join('');
      const octets = Buffer.from(body, 'latin1');
      expect([body, hashed(octets, () => 1 + dice.below(5))]).toEqual([body, asTheRfcHasIt(body)]);
    }
  });

  test('of endless empty lines is neither kept nor forgotten', () => {
    const empty = Buffer.from('\r\n'.repeat(30_000));
    for (const [body, last] of [
      ['x', ''],
      ['x', 'y'],
      ['', ''],
      ['', 'y'],
    ] as const) {
      const relaxed = new RelaxedBody();
      relaxed.push(Buffer.from(body));
      for (let round = 0; round < 3; round += 1) relaxed.push(empty);
      relaxed.push(Buffer.from(last));
      relaxed.push(empty);
      expect(relaxed.end()).toBe(asTheRfcHasIt(`${body}${'\r\n'.repeat(90_000)}${last}`));
    }
  });
});
