import { describe, expect, test } from 'vitest';
import { SignedHeader } from './signed-header.ts';

const names = new Set(['from', 'subject', 'to']);

function read(text: string, step = text.length || 1): { header: SignedHeader; body: string } {
  const header = new SignedHeader(names);
  const octets = Buffer.from(text, 'latin1');
  let body = '';
  for (let at = 0; at < octets.length; at += step)
    body += header.push(octets.subarray(at, at + step)).toString('latin1');
  if (!header.ended) header.end();
  return { header, body };
}

describe('fields in relaxed form', () => {
  // RFC 6376 §3.4.5, and its neighbours.
  test.each([
    ['From: X\r\n', ['from:X']],
    ['FROM \t: X \t\tY\t\r\n', ['from:X Y']],
    ['From:\r\n X\r\n\t Y \r\n', ['from:X Y']],
    ['From: a\r\nX: b\r\n c\r\nfrom:d\r\n', ['from:a', 'from:d']],
    ['From:\r\n', ['from:']],
    ['From:\u00a0\u00fc \u00a0\r\n', ['from:\u00a0\u00fc \u00a0']],
    ['From: a', ['from:a']],
    [' X: folded from nowhere\r\nFrom: a\r\n', ['from:a']],
    ['no colon\r\nFrom: a\r\n', ['from:a']],
  ])('%j', (text, expected) => {
    for (const step of [1, 2, 3, 5, 7, 1000]) {
      expect(read(text, step).header.of('from')).toEqual(expected);
      expect(read(`${text.replace(/\r\n$/, '')}\r\n\r\nFrom: body\r\n`, step).header.of('from')).toEqual(
        expected,
      );
    }
  });

  test('end at the first empty line, and the rest is body, however it is cut', () => {
    const text = 'From: a\r\nTo: b\r\n\r\nTo: c\r\n\r\nd';
    for (let step = 1; step <= text.length; step += 1) {
      const { header, body } = read(text, step);
      expect([body, header.of('to')]).toEqual(['To: c\r\n\r\nd', ['to:b']]);
    }
  });

  test('none may be there', () => {
    expect(read('\r\nbody').body).toBe('body');
    expect(read('').header.of('from')).toEqual([]);
  });
});

test('what is kept has a bound, and what nobody asks for does not count', () => {
  const many = (name: string): string => `${name}: ${'x'.repeat(900)}\r\n`.repeat(1000);
  const other = read(`${many('X-Other')}From: a\r\n\r\n`).header;
  expect([other.tooLarge, other.of('from')]).toEqual([false, ['from:a']]);
  const { header } = read(`From: a\r\n${many('To')}\r\nbody`);
  expect([header.tooLarge, header.of('from'), header.of('to')]).toEqual([true, [], []]);
});
