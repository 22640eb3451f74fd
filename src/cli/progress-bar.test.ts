import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { barText, progressBar } from './progress-bar.ts';

function screen(isTTY: boolean): Writable & { isTTY: boolean; text: string } {
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written.text += chunk.toString();
      done();
    },
  });
  const written = Object.assign(stream, { isTTY, text: '' });
  return written;
}

test('barText()', () => {
  expect(barText(0, 4)).toBe(`[${' '.repeat(30)}] 0/4`);
  expect(barText(2, 4)).toBe(`[${'#'.repeat(15)}${' '.repeat(15)}] 2/4`);
  expect(barText(9, 4)).toBe(`[${'#'.repeat(30)}] 9/4`);
});

test('progressBar(): on a terminal, not more often than anybody can read, and gone in the end', () => {
  const stream = screen(true);
  let time = 0;
  const bar = progressBar(stream, 3, () => time);
  bar.show(1);
  bar.show(2);
  time = 1_000;
  bar.show(2, '(1 fail)');
  bar.show(3);
  bar.end();
  const shown = stream.text.split('\r').filter((part) => part.includes(']'));
  expect(shown.map((part) => /\] (\d\/\d)/.exec(part)?.[1])).toEqual(['1/3', '2/3', '3/3']);
  expect(stream.text).toContain('2/3 (1 fail)');
  expect(stream.text.endsWith('\r\u001b[K')).toBe(true);
});

test('progressBar(): nothing where nobody looks', () => {
  const stream = screen(false);
  const bar = progressBar(stream, 3);
  bar.show(1);
  bar.end();
  expect(stream.text).toBe('');
});
