import { expect, test } from 'vitest';
import { cutCommandLine } from './command-line.ts';

function cut(text: string): object {
  const { kind, ...more } = cutCommandLine(Buffer.from(text, 'latin1'));
  return { kind, ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)])) };
}

test.each<[string, object]>([
  ['NOOP\r\nQUIT\r\n', { kind: 'command', command: 'NOOP', rest: 'QUIT\r\n' }],
  ['\r\nx', { kind: 'command', command: '', rest: 'x' }],
  ['', { kind: 'open', kept: '' }],
  ['NOO', { kind: 'open', kept: 'NOO' }],
  ['NOOP\r', { kind: 'open', kept: 'NOOP\r' }],
  ['NOOP\nQUIT\r\n', { kind: 'flawed', flaw: 'bare LF', command: 'NOOP', rest: 'QUIT\r\n' }],
  ['\nQUIT', { kind: 'flawed', flaw: 'bare LF', command: '', rest: 'QUIT' }],
  ['NOOP\rQUIT\r\n', { kind: 'flawed', flaw: 'bare CR', command: 'NOOP\rQUIT', rest: '' }],
  ['NOOP\r\r\n', { kind: 'flawed', flaw: 'bare CR', command: 'NOOP\r', rest: '' }],
  ['NO\0OP\r\n', { kind: 'flawed', flaw: 'NUL', command: 'NO\0OP', rest: '' }],
  ['NOOP\r\0\n', { kind: 'flawed', flaw: 'bare LF', command: 'NOOP\r\0', rest: '' }],
  ['\x16\x03\x01\x02\x00', { kind: 'foreign' }],
  ['\x80\x2e', { kind: 'foreign' }],
  ['\0', { kind: 'foreign' }],
  [`${'x'.repeat(2048)}\r\n`, { kind: 'command', command: 'x'.repeat(2048), rest: '' }],
  [`${'x'.repeat(2048)}\r`, { kind: 'open', kept: `${'x'.repeat(2048)}\r` }],
  [`${'x'.repeat(2049)}\r\n`, { kind: 'endless' }],
  ['x'.repeat(2050), { kind: 'endless' }],
])('cutCommandLine(): %j', (text, expected) => {
  expect(cut(text)).toEqual(expected);
});
