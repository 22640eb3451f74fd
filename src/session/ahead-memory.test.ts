import { expect, test } from 'vitest';
import { createAheadMemory } from './ahead-memory.ts';

const peer = (address: string, port = 25) => ({ host: 'mx.test', address, port });

test('createAheadMemory(): an address and port that failed once is not tried again', () => {
  const memory = createAheadMemory(true);
  memory.failed(peer('192.0.2.1'));
  expect(memory.mayTry(peer('192.0.2.1'))).toBe(false);
  expect(memory.mayTry(peer('192.0.2.1', 26))).toBe(true);
  expect(memory.mayTry(peer('192.0.2.2'))).toBe(true);
});

test('createAheadMemory(): nothing is tried where it is not wanted, or once too many have failed', () => {
  expect(createAheadMemory(false).mayTry(peer('192.0.2.1'))).toBe(false);
  const memory = createAheadMemory(true);
  for (let index = 0; index < 10_000; index += 1) memory.failed(peer(`10.0.${index >> 8}.${index & 255}`));
  expect(memory.mayTry(peer('192.0.2.1'))).toBe(false);
});

test('createAheadMemory(): a host that is slow with its last reply to a dot is not tried until it is quick', () => {
  const memory = createAheadMemory(true);
  const slow = peer('192.0.2.1');
  memory.answered(slow, 1_000);
  expect(memory.mayTry(slow)).toBe(false);
  expect(memory.mayTry(peer('192.0.2.2'))).toBe(true);
  memory.answered(slow, 999);
  expect(memory.mayTry(slow)).toBe(true);
});

test('createAheadMemory(): slow hosts without number take no memory without end', () => {
  const memory = createAheadMemory(true);
  for (let index = 0; index <= 10_000; index += 1)
    memory.answered(peer(`10.0.${index >> 8}.${index & 255}`), Infinity);
  expect(memory.mayTry(peer('10.0.0.0'))).toBe(true);
  expect(memory.mayTry(peer('10.0.39.16'))).toBe(false);
});
