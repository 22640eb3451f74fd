import { expect, test } from 'vitest';
import { parseListenAddress, type SocketAddress } from './addresses.ts';
import { isIpv6Only, takenBy } from './listeners.ts';

function listener(text: string): SocketAddress {
  const parsed = parseListenAddress(text);
  if ('value' in parsed) return parsed.value;
  throw new TypeError(text);
}

test.each([
  ['[::]:25', ['[::]:25'], false],
  ['[::]:25', ['[::]:25', '0.0.0.0:25'], true],
  ['[::]:25', ['[::]:25', '127.0.0.1:25'], true],
  ['[::]:25', ['[::]:25', '[::ffff:127.0.0.1]:25'], true],
  ['[::]:25', ['[::]:25', '0.0.0.0:26', '[::1]:25'], false],
  ['[::]:0', ['[::]:0', '0.0.0.0:0'], false],
  ['[::1]:25', ['[::1]:25', '0.0.0.0:25'], false],
])('isIpv6Only(): %s among %s: %s', (one, all, expected) => {
  expect(isIpv6Only(listener(one), all.map(listener))).toBe(expected);
});

test.each([
  ['127.0.0.1:25', '127.0.0.1:25', true],
  ['127.0.0.1:25', '127.0.0.1:26', false],
  ['127.0.0.1:0', '127.0.0.1:0', false],
  ['127.0.0.1:25', '127.0.0.2:25', false],
  ['127.0.0.1:25', '0.0.0.0:25', true],
  ['0.0.0.0:25', '127.0.0.1:25', true],
  ['[::1]:25', '[::]:25', true],
  ['[::1]:25', '[0::1]:25', true],
  ['[::]:25', '0.0.0.0:25', false],
  ['[::ffff:127.0.0.1]:25', '127.0.0.1:25', true],
  ['[::ffff:127.0.0.1]:25', '0.0.0.0:25', true],
  ['localhost:25', 'LOCALHOST:25', true],
  ['localhost:25', 'relay:25', false],
])('takenBy(): %s after %s: %s', (one, other, expected) => {
  expect(takenBy(listener(one), [listener(other)]) !== undefined).toBe(expected);
});
