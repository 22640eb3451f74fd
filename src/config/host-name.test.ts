import { expect, test } from 'vitest';
import { isHostName } from './host-name.ts';

test.each([
  'mail.example.org',
  'localhost',
  'xn--mnchen-3ya.de',
  '3com.example',
  `${'a'.repeat(63)}.example`,
])('isHostName(): %s is one', (text) => {
  expect(isHostName(text)).toBe(true);
});

test.each([
  '',
  '.',
  'a..b',
  'mail.example.org.',
  'a b',
  'a_b',
  '-a',
  'a-',
  '127.0.0.256',
  '[127.0.0.1]',
  'münchen.de',
  'a'.repeat(64),
  'a.'.repeat(130) + 'a',
])('isHostName(): %j is none', (text) => {
  expect(isHostName(text)).toBe(false);
});
