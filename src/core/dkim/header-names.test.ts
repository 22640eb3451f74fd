import { expect, test } from 'vitest';
import { headerChoice } from './header-names.ts';

test('what is built in has what readers are shown, and all of that is signed', () => {
  const { sign, oversign } = headerChoice(['built-in'], ['built-in']);
  expect(sign.slice(0, 4)).toEqual(['From', 'Sender', 'Reply-To', 'To']);
  expect(sign).toContain('List-Unsubscribe-Post');
  expect([...oversign].filter((name) => !sign.some((one) => one.toLowerCase() === name))).toEqual([]);
  // RFC 6376 §5.4: what changes on the way must not be signed.
  for (const name of ['Received', 'Return-Path', 'Comments', 'Keywords', 'Bcc', 'DKIM-Signature'])
    expect(sign).not.toContain(name);
});

test.each([
  [
    ['X-Mine', 'from', 'x-mine'],
    ['X-Mine', 'from'],
  ],
  [['X-Mine'], ['From', 'X-Mine']],
  [[], ['From']],
  [
    ['To', 'Cc', '!to'],
    ['From', 'Cc'],
  ],
  [
    ['!From', 'To'],
    ['From', 'To'],
  ],
])('%j is %j', (words, names) => {
  expect(headerChoice(words, []).sign).toEqual(names);
});

test('names can be taken out of what is built in', () => {
  const { oversign } = headerChoice(['built-in'], ['built-in', '!Sender', 'X-Mine']);
  expect(oversign.has('sender')).toBe(false);
  expect(oversign.has('x-mine')).toBe(true);
  expect(oversign.has('from')).toBe(true);
});
