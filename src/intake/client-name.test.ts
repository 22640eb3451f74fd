import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientName, localName } from './client-name.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test.each([
  ['127.0.0.1', 'localhost'],
  ['127.0.0.9', 'localhost'],
  ['::1', 'localhost'],
  ['192.0.2.1', 'unknown'],
  ['2001:db8::127.0', 'unknown'],
])('localName(): %s is %s', (address, name) => {
  expect(localName(address)).toBe(name);
});

test.each([
  ['the name found', () => Promise.resolve('Client.example'), 'client.example'],
  ['unknown without one', () => Promise.resolve(undefined), 'unknown'],
  ['unknown for one that could break a line', () => Promise.resolve('a\r\nb.example'), 'unknown'],
  ['unknown when the lookup fails', () => Promise.reject(new Error('SERVFAIL')), 'unknown'],
])('clientName(): %s', async (_, lookup, name) => {
  expect(await clientName('192.0.2.1', lookup)).toBe(name);
  expect(vi.getTimerCount()).toBe(0);
});

test('clientName(): unknown when the lookup takes longer than a second', async () => {
  const name = clientName('192.0.2.1', () => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(1000);
  expect(await name).toBe('unknown');
});
