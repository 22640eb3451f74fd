import { expect, test } from 'vitest';
import { isLoopbackAddress } from './loopback.ts';

test.each(['127.0.0.1', '127.0.0.53', '127.255.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
  'isLoopbackAddress(): %s is ours',
  (address) => expect(isLoopbackAddress(address)).toBe(true),
);

test.each([
  '128.0.0.1',
  '10.127.0.1',
  '8.8.8.8',
  '::',
  '::2',
  '2001:db8::1',
  'localhost',
  '127.0.0.1.example',
  '',
  '0.0.0.0',
])('isLoopbackAddress(): %s is not', (address) => expect(isLoopbackAddress(address)).toBe(false));
