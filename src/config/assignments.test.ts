import { expect, test } from 'vitest';
import { fileAssignments, optionAssignments } from './assignments.ts';

test('fileAssignments(): gives every key its value and line', () => {
  const text = 'hostname = "h"\n[redis]\nurl = ""\n[smtp.tls]\nlevel = 1\n[dns]\n';
  expect(fileAssignments({ name: 'f', text })).toMatchObject([
    { key: 'hostname', where: 'f:1', value: { toml: 'h' } },
    { key: 'redis.url', where: 'f:3', value: { toml: '' } },
    { key: 'smtp.tls.level', where: 'f:5', value: { toml: 1 } },
  ]);
});

test('fileAssignments(): finds the items of a list', () => {
  const [assignment] = fileAssignments({ name: 'f', text: 'listen = [\n"a",\n\n"b"]' });
  const whereBelow = assignment !== undefined && 'value' in assignment ? assignment.whereBelow : undefined;
  expect([whereBelow?.('[0]'), whereBelow?.('[1]'), whereBelow?.('[2]')]).toEqual(['f:2', 'f:4', undefined]);
});

test('fileAssignments(): a quoted dot does not make a section', () => {
  expect(fileAssignments({ name: 'f', text: '"redis.url" = 1' })).toMatchObject([{ key: '"redis.url"' }]);
});

test('fileAssignments(): an empty section has no keys, an empty unknown table is one', () => {
  expect(fileAssignments({ name: 'f', text: '[redis]\n[smtp]' })).toMatchObject([
    { key: 'smtp', where: 'f:2' },
  ]);
});

test('fileAssignments(): a file that is not TOML is a problem with its place, without its text', () => {
  expect(fileAssignments({ name: 'f', text: '\nurl = "secret' })).toEqual([
    { where: 'f:2:7', key: '', wanted: 'valid TOML', found: 'unfinished string' },
  ]);
});

test('optionAssignments(): splits at the first "="', () => {
  expect(optionAssignments(['a=b=c', ' a = b ', '=', 'a'])).toEqual([
    { key: 'a', where: '--set', value: { text: 'b=c' } },
    { key: 'a', where: '--set', value: { text: 'b' } },
    { key: '', where: '--set', value: { text: '' } },
    { key: 'a', where: '--set', wanted: 'key=value', found: 'no "="' },
  ]);
});
