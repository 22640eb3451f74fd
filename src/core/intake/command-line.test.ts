import { expect, test } from 'vitest';
import { cutCommandLine } from './command-line.ts';
import type { BareNewline } from './line-flaw.ts';

function cut(text: string, bareNewline: BareNewline = 'reject'): object {
  const { kind, ...more } = cutCommandLine(Buffer.from(text, 'latin1'), bareNewline);
  return { kind, ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)])) };
}

test.each<[string, object]>([
  ['NOOP\r\nQUIT\r\n', { kind: 'command', command: 'NOOP', notes: '', rest: 'QUIT\r\n' }],
  ['\r\nx', { kind: 'command', command: '', notes: '', rest: 'x' }],
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
  [`${'x'.repeat(2048)}\r\n`, { kind: 'command', command: 'x'.repeat(2048), notes: '', rest: '' }],
  [`${'x'.repeat(2048)}\r`, { kind: 'open', kept: `${'x'.repeat(2048)}\r` }],
  [`${'x'.repeat(2049)}\r\n`, { kind: 'endless' }],
  ['x'.repeat(2050), { kind: 'endless' }],
])('cutCommandLine(): %j', (text, expected) => {
  expect(cut(text)).toEqual(expected);
});

test.each<[string, string, string, string]>([
  ['NOOP\nQUIT\r\n', 'NOOP', 'bare LF', 'QUIT\r\n'],
  ['\nQUIT', '', 'bare LF', 'QUIT'],
  ['NOOP\r\r\n', 'NOOP', 'bare CR', ''],
  ['NOOP\r\r\r\nx', 'NOOP', 'bare CR', 'x'],
])('cutCommandLine(): %j of a trusted client', (text, command, notes, rest) => {
  expect(cut(text, 'normalize')).toEqual({ kind: 'command', command, notes, rest });
});

test.each<[string, string, string]>([
  ['MAIL\rFROM:<a@b>\r\n', 'bare CR', 'MAIL\rFROM:<a@b>'],
  ['NO\0OP\n', 'NUL', 'NO\0OP'],
  ['NOOP\r\0\r\r\n', 'bare CR', 'NOOP\r\0\r'],
])('cutCommandLine(): %j is not obeyed, whoever says it', (text, flaw, command) => {
  expect(cut(text, 'normalize')).toEqual({ kind: 'flawed', flaw, command, rest: '' });
});

test('cutCommandLine(): what is longer than a line is looked at as little for a trusted client', () => {
  expect(cut(`${'x'.repeat(2050)}\n`, 'normalize')).toEqual({ kind: 'endless' });
  expect(cut('\0', 'normalize')).toEqual({ kind: 'foreign' });
});
