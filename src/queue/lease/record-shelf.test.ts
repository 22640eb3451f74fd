import { expect, it } from 'vitest';
import type { Message } from '../../core/mail/message.ts';
import { asQueueError } from '../redis/queue-error.ts';
import { encodeRecord } from '../forms/record.ts';
import { createRecordShelf } from './record-shelf.ts';

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
  stored.set('a', '{"v":2}');
  await expect(shelf.record('a')).rejects.toThrow('unknown version 2');
  put('a', 10);
  expect((await shelf.record('a'))?.message.queueId).toBe('a');
});
