import { describe, expect, test } from 'vitest';
import { beginField, bodyOf, continueField, withoutComments } from './header-field.ts';

function read(...lines: readonly string[]): readonly [name: string, body: string] {
  const [first = '', ...others] = lines;
  const field = beginField(Buffer.from(first, 'latin1'));
  for (const line of others) continueField(field, Buffer.from(line, 'latin1'));
  return [field.name, bodyOf(field)];
}

describe('a field', () => {
  test.each([
    [['Subject: x'], 'subject', ' x'],
    [['CONTENT-Type \t: a/b;', ' c=d', '\te=f'], 'content-type', ' a/b; c=d\te=f'],
    [['no field at all'], '', 'no field at all'],
    [['late', ' : colon'], '', 'late : colon'],
    [[''], '', ''],
  ])('%j', (lines, name, body) => {
    expect(read(...lines)).toEqual([name, body]);
  });

  test('is read up to 8,192 octets, however many lines it has', () => {
    const lines = Array.from({ length: 100_000 }, () => ' x');
    const [name, body] = read('Subject:', ...lines);
    expect(name).toBe('subject');
    expect(body).toHaveLength(8_192 - 'Subject:'.length);
    expect(read(`Subject:${'x'.repeat(10_000)}`, ' y')[1]).toHaveLength(8_192 - 'Subject:'.length);
  });
});

test.each([
  ['8bit', '8bit'],
  ['(a) 8bit (b)', ' 8bit '],
  ['8(a)b(c)it', '8bit'],
  ['8bit (a (b) c)', '8bit '],
  ['8bit (a \\) b)', '8bit '],
  ['8bit \\( (x)', '8bit \\( '],
  ['8bit (never ends', '8bit '],
  ['8bit)', '8bit)'],
  ['((((', ''],
  ['', ''],
])('withoutComments(): %j', (text, expected) => {
  expect(withoutComments(text)).toBe(expected);
});
