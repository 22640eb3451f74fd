import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { textOf } from '../scripts/script.ts';
import { scripts } from '../scripts/scripts.ts';
import { openQueueStore } from './queue-store.ts';

/** What was sent, and a store over a Redis that answers everything with this. */
function storeOver(answer: () => Promise<unknown>) {
  const sent: unknown[][] = [];
  const redis = {
    status: 'ready',
    callBuffer(...args: readonly unknown[]) {
      sent.push([...args]);
      return answer();
    },
    defineCommand(name: string, { numberOfKeys }: { readonly numberOfKeys?: number }) {
      Object.assign(redis, {
        [`${name}Buffer`]: (...args: readonly unknown[]) => {
          sent.push([name, numberOfKeys, ...args]);
          return answer();
        },
      });
    },
  };
  return { store: openQueueStore(redis as unknown as Redis, '{test}:'), sent };
}

it('sends a script with the base as its key, before it returns', async () => {
  const { store, sent } = storeOver(async () => 1);
  const first = store.fence({ queueId: 'Q1', now: 5 });
  const second = store.discard({ queueId: 'Q1', mayCome: true });
  expect(sent).toEqual([
    ['queue:fence', 1, '{test}:', 'Q1', 5],
    ['queue:discard', 1, '{test}:', 'Q1', '', 1],
  ]);
  expect(await Promise.all([first, second])).toEqual([true, true]);
});

it('says what Redis refused, in the words of Redis', async () => {
  const reply = Object.assign(new Error('READONLY You can not write'), { name: 'ReplyError' });
  const { store } = storeOver(() => Promise.reject(reply));
  await expect(store.fence({ queueId: 'Q1', now: 5 })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    isRefusal: true,
    cause: reply,
  });
});

it('takes nothing but an answer of the script for one: what it asked may have been done, or not', async () => {
  const { store } = storeOver(async () => Buffer.from('OK'));
  await expect(store.fence({ queueId: 'Q1', now: 5 })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: 'what answers is no Redis',
    isRefusal: false,
  });
});

it('sends the text of a script that must not be overtaken each time', async () => {
  const { store, sent } = storeOver(async () => 1);
  const progress = { left: [0], attempts: 1, nextAt: 2 };
  await store.hear({ destination: 'x.test', token: '1:u', queueId: 'Q1', progress, dot: '' });
  expect(sent).toEqual([
    ['EVAL', textOf(scripts.hear), 1, '{test}:', 'x.test', '1:u', 'Q1', JSON.stringify(progress), ''],
  ]);
});
