import { expect, test } from 'vitest';
import { RememberedLogins } from './remembered-logins.ts';

const key = Buffer.alloc(32, 1);

test('five minutes, and not longer', () => {
  const logins = new RememberedLogins(key);
  const digest = logins.digest('alice', 'pencil');
  expect(logins.has(digest, 0)).toBe(false);
  logins.remember(digest, 1000);
  expect(logins.has(digest, 300_999)).toBe(true);
  expect(logins.has(digest, 301_000)).toBe(false);
  expect(logins.size).toBe(0);
});

test('a digest says nothing, and none is that of another', () => {
  const logins = new RememberedLogins(key);
  const digests = [
    logins.digest('alice', 'pencil'),
    logins.digest('alicep', 'encil'),
    logins.digest('1', '1:x'),
    logins.digest('11', ':x'),
    new RememberedLogins(Buffer.alloc(32, 2)).digest('alice', 'pencil'),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(digests.join()).not.toMatch(/alice|pencil/);
});

test('bounded, and forgotten', () => {
  const logins = new RememberedLogins(key);
  for (let count = 0; count < 1500; count += 1) logins.remember(`${count}`, 0);
  expect(logins.size).toBe(1000);
  expect([logins.has('499', 1), logins.has('500', 1)]).toEqual([false, true]);
  logins.forget();
  expect(logins.has('1499', 1)).toBe(false);
});
