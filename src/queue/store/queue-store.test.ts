import { createHash } from 'node:crypto';
import type { Command, Redis } from 'ioredis';
import { ReplyError } from 'ioredis';
import { expect, it } from 'vitest';
import { textOf } from '../scripts/script.ts';
import { scripts } from '../scripts/scripts.ts';
import { openQueueStore } from './queue-store.ts';

/** What was sent, and a store over a Redis that answers everything with this. */
function storeOver(answer: () => Promise<unknown>) {
  const sent: unknown[][] = [];
  const connection = { current: {} };
  const redis = {
    status: 'ready',
    sendCommand(command: Command) {
      command.toWritable(connection.current);
      sent.push([command.name, ...command.args]);
      return answer();
    },
  };
  return { store: openQueueStore(redis as unknown as Redis, '{test}:'), sent, connection };
}

function sha(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

it('sends a script with the base as its key, before it returns: first its text, then its name', async () => {
  const { store, sent, connection } = storeOver(async () => 1);
  const first = store.fence({ queueId: 'Q1', now: 5 });
  const second = store.fence({ queueId: 'Q2', now: 6 });
  const other = store.discard({ queueId: 'Q1', mayCome: true });
  const text = textOf(scripts.fence);
  expect(sent).toEqual([
    ['eval', text, '1', '{test}:', 'Q1', '5'],
    ['evalsha', sha(text), '1', '{test}:', 'Q2', '6'],
    ['eval', textOf(scripts.discard), '1', '{test}:', 'Q1', '', '1'],
  ]);
  expect(await Promise.all([first, second, other])).toEqual([true, true, true]);

  connection.current = {};
  await store.fence({ queueId: 'Q3', now: 7 });
  expect(sent.at(-1)).toEqual(['eval', text, '1', '{test}:', 'Q3', '7']);
});

it('sends the text where Redis has forgotten it', async () => {
  const answers = [1, new ReplyError('NOSCRIPT No matching script.'), 1];
  const { store, sent } = storeOver(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  await store.fence({ queueId: 'Q1', now: 5 });
  expect(await store.fence({ queueId: 'Q2', now: 6 })).toBe(true);
  expect(sent.map(([name, , , , id]) => [name, id])).toEqual([
    ['eval', 'Q1'],
    ['evalsha', 'Q2'],
    ['eval', 'Q2'],
  ]);
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
    ['eval', textOf(scripts.hear), '1', '{test}:', 'x.test', '1:u', 'Q1', JSON.stringify(progress), ''],
  ]);
});
