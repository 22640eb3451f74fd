import { describe, expect, test } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import { LineLimit } from './line-limit.ts';

function limited(chunks: readonly Buffer[]): { text: string; broke: boolean } {
  const limit = new LineLimit();
  const parts = chunks.map((chunk) => limit.push(chunk));
  parts.push(limit.end());
  return { text: Buffer.concat(parts).toString('latin1'), broke: limit.broke };
}

const x = (count: number): string => 'x'.repeat(count);

describe('LineLimit', () => {
  test.each([
    ['a line of the limit', `${x(998)}\r\n${x(998)}\r\n`],
    ['a line of the limit without its end', x(998)],
    ['short lines', 'a\r\n\r\nb\r\n'],
    ['nothing', ''],
  ])('does not touch %s', (_, text) => {
    expect(limited([Buffer.from(text)])).toEqual({ text, broke: false });
  });

  test.each([
    [999, `${x(998)}\r\n x\r\n`],
    [1995, `${x(998)}\r\n ${x(997)}\r\n`],
    [1996, `${x(998)}\r\n ${x(997)}\r\n x\r\n`],
  ])('breaks a line of %s octets', (length, text) => {
    expect(limited([Buffer.from(`${x(length)}\r\n`)])).toEqual({ text, broke: true });
  });

  test('never cuts a character in two', () => {
    for (const character of ['\u00fc', '\u20ac', '\u{1f4e7}']) {
      for (let shift = 0; shift < 4; shift += 1) {
        const line = x(shift) + character.repeat(700);
        const { text } = limited([Buffer.from(`${line}\r\n`)]);
        const utf8 = Buffer.from(text, 'latin1').toString('utf8');
        expect(utf8).not.toContain('\ufffd');
        expect(utf8.replaceAll('\r\n ', '')).toBe(`${line}\r\n`);
      }
    }
  });

  test('breaks what is no UTF-8 at the limit', () => {
    const { text } = limited([Buffer.alloc(1_000, 0x80)]);
    expect(text.split('\r\n').map(({ length }) => length)).toEqual([998, 3]);
  });

  test('comes to the same however random content is chunked, within the limit, and nothing is lost', () => {
    const dice = makeDice(7).below;
    for (let round = 0; round < 300; round += 1) {
      let text = '';
      for (let line = dice(8); line >= 0; line -= 1)
        text += x([3, 997, 998, 999, 2_500][dice(5)] ?? 0) + '\r\n';
      if (dice(2) === 0) text += x(dice(2_000));
      const whole = Buffer.from(text);
      const chunks: Buffer[] = [];
      for (let at = 0; at < whole.length;) {
        const size = 1 + dice([3, 100, 1_000, 5_000][dice(4)] ?? 1);
        chunks.push(whole.subarray(at, at + size));
        at += size;
      }
      const cut = limited(chunks).text;
      expect(cut).toBe(limited([whole]).text);
      expect(cut.replaceAll('\r\n ', '')).toBe(text);
      for (const line of cut.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    }
  });
});
