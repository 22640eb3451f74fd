import { expect, it } from 'vitest';
import type { Message } from '../../core/mail/message.ts';
import { asQueueError } from '../redis/queue-error.ts';
import { encodeRecord } from '../forms/record.ts';
import { createRecordShelf, LISTED_BYTES } from './record-shelf.ts';

function world() {
  const stored = new Map<string, string>();
  const asked: string[] = [];
  const store = {
    record(queueId: string) {
      asked.push(queueId);
      const text = stored.get(queueId);
      return text === 'away' ? Promise.reject(asQueueError(new Error('away'))) : Promise.resolve(text);
    },
  };
  const put = (queueId: string, bytes: number): void => {
    const envelope = { sender: 'x'.repeat(bytes), recipients: [], body: '7BIT', smtpUtf8: false } as const;
    const message: Message = { queueId, envelope, arrivedAt: 0, size: 1, messageId: '' };
    stored.set(queueId, encodeRecord({ message, routing: new Map() }));
  };
  return { shelf: createRecordShelf(store), stored, asked, put };
}

it('reads a record once, for all who ask at the same time or later', async () => {
  const { shelf, asked, put } = world();
  put('a', 10);
  const [one, other] = await Promise.all([shelf.record('a'), shelf.record('a')]);
  expect(one).toBe(other);
  expect(await shelf.record('a')).toBe(one);
  expect(asked).toHaveLength(1);
});

it('keeps little of a queue that is read once', async () => {
  const { stored, asked, put } = world();
  const store = { record: async (queueId: string) => (asked.push(queueId), stored.get(queueId)) };
  const shelf = createRecordShelf(store, LISTED_BYTES);
  const ids = Array.from({ length: 2_000 }, (_, at) => `m${at}`);
  for (const id of ids) put(id, 2_000);
  for (const id of ids) await shelf.record(id);
  asked.length = 0;
  for (const id of ids.toReversed()) await shelf.record(id);
  expect(2_000 - asked.length).toBeLessThan(LISTED_BYTES / 2_000);
  expect(asked.length).toBeLessThan(2_000);
});

it('keeps as much as it may, what was used last', async () => {
  const { shelf, asked, put } = world();
  for (const id of ['a', 'b', 'c']) put(id, 7_000_000);
  await shelf.record('a');
  await shelf.record('b');
  await shelf.record('a');
  await shelf.record('c');
  await shelf.record('a');
  await shelf.record('c');
  expect(asked).toHaveLength(3);
  await shelf.record('b');
  expect(asked).toHaveLength(4);
});

it('remembers neither what is gone nor what could not be read', async () => {
  const { shelf, stored, put } = world();
  expect(await shelf.record('a')).toBeUndefined();
  stored.set('a', 'away');
  await expect(shelf.record('a')).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  stored.set('a', '{"v":9}');
  await expect(shelf.record('a')).rejects.toThrow('unknown version 9');
  put('a', 10);
  expect((await shelf.record('a'))?.message.queueId).toBe('a');
});
