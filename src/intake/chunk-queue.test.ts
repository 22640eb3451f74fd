import { expect, test, vi } from 'vitest';
import { ChunkQueue } from './chunk-queue.ts';

async function read(queue: ChunkQueue): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of queue) chunks.push(chunk.toString());
  return chunks;
}

test('ChunkQueue: small pieces come as one chunk', async () => {
  const queue = new ChunkQueue(100);
  const reading = read(queue);
  queue.push(Buffer.from('a'));
  queue.push(Buffer.from('b'));
  expect(queue.consumed).toBe(false);
  queue.end();
  expect(await reading).toEqual(['ab']);
  expect(queue.consumed).toBe(true);
});

test('ChunkQueue: a lone piece is not copied', async () => {
  const queue = new ChunkQueue(1);
  const piece = Buffer.from('abc');
  queue.push(piece);
  for await (const chunk of queue) {
    expect(chunk).toBe(piece);
    break;
  }
});

test('ChunkQueue: chunks are at least as long as asked for', async () => {
  const queue = new ChunkQueue(3);
  const reading = read(queue);
  for (const letter of 'abcdefgh') {
    queue.push(Buffer.from(letter));
    await new Promise(setImmediate);
  }
  queue.end();
  expect(await reading).toEqual(['abc', 'def', 'gh']);
});

test('ChunkQueue: there is room again once a chunk was taken', async () => {
  const queue = new ChunkQueue(3);
  const room = vi.fn<() => void>();
  queue.push(Buffer.from('ab'));
  queue.whenRoom(room);
  expect(room).toHaveBeenCalledTimes(1);
  queue.push(Buffer.from('c'));
  queue.whenRoom(room);
  expect(room).toHaveBeenCalledTimes(1);
  const reader = queue[Symbol.asyncIterator]();
  expect((await reader.next()).value?.toString()).toBe('abc');
  expect(room).toHaveBeenCalledTimes(2);
});

test('ChunkQueue: an error takes the place of what was not yet read, and makes room', async () => {
  const queue = new ChunkQueue(2);
  const room = vi.fn<() => void>();
  queue.push(Buffer.from('abc'));
  queue.whenRoom(room);
  queue.fail(new Error('no'));
  expect(room).toHaveBeenCalledTimes(1);
  queue.push(Buffer.from('def'));
  queue.end();
  await expect(read(queue)).rejects.toThrow('no');
  expect(queue.consumed).toBe(false);
});

test('ChunkQueue: an error reaches a reader that waits', async () => {
  const queue = new ChunkQueue(2);
  const reading = read(queue);
  queue.fail(new Error('no'));
  await expect(reading).rejects.toThrow('no');
});

test('ChunkQueue: a reader that leaves lets everything else through', async () => {
  const queue = new ChunkQueue(1);
  queue.push(Buffer.from('a'));
  for await (const chunk of queue) {
    expect(chunk.toString()).toBe('a');
    break;
  }
  const room = vi.fn<() => void>();
  queue.push(Buffer.from('bcd'));
  queue.whenRoom(room);
  expect(room).toHaveBeenCalledTimes(1);
  queue.end();
  expect(queue.consumed).toBe(false);
});
