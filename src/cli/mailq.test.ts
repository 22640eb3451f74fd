import { expect, test } from 'vitest';
import type { ListedDrop } from '../maildrop/list-maildrop.ts';
import type { QueuedDelivery } from '../queue/open-queue.ts';
import { mailqCommand } from './mailq.ts';

/** Local time, as mailq shows it. */
const at = new Date(2026, 10, 9, 8, 5, 3).getTime();

function delivery(more: Partial<QueuedDelivery>): QueuedDelivery {
  return {
    queueId: '4jX6Z215f0zwqHvm',
    destination: 'x.test',
    state: 'deferred',
    sender: 'a@example.org',
    recipients: ['b@x.test'],
    size: 2048,
    arrivedAt: at,
    attempts: 1,
    ...more,
  };
}

async function printed(
  deliveries: readonly QueuedDelivery[],
  dropped: readonly ListedDrop[] = [],
): Promise<readonly string[]> {
  const lines: string[] = [];
  async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
    yield* all;
  }
  await mailqCommand({ list: () => each(deliveries) }, each(dropped), (line) => lines.push(line) > 0);
  return lines;
}

const header = '----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------';

test('an empty queue', async () => {
  expect(await printed([])).toEqual(['Mail queue is empty']);
});

test('a message for two destinations is one entry, a reason stands before its recipients', async () => {
  const reason = 'connect to mx.x.test[192.0.2.1]:25: Connection refused';
  const lines = await printed([
    delivery({ reason, recipients: ['b@x.test', 'c@x.test'] }),
    delivery({ destination: 'y.test', state: 'incoming', recipients: ['d@y.test'] }),
  ]);
  expect(lines).toEqual([
    header,
    '4jX6Z215f0zwqHvm      2048 Mon Nov  9 08:05:03 a@example.org',
    `(${reason})`.padStart(76),
    `${' '.repeat(47)}b@x.test`,
    `${' '.repeat(47)}c@x.test`,
    `${' '.repeat(47)}d@y.test`,
    '',
    '-- 2 Kbytes in 1 Request.',
  ]);
});

test('marks, the null sender, and the maildrop', async () => {
  const drop = {
    queueId: 'n4m3',
    uid: 33,
    size: 10,
    arrivedAt: at,
    sender: 'root',
    recipients: ['e@z.test'],
  };
  const lines = await printed(
    [delivery({ state: 'active', sender: '' }), delivery({ queueId: '4jX6Z215f0zwqHvn', state: 'held' })],
    [drop],
  );
  expect(lines.filter((line) => /^\w/.test(line))).toEqual([
    '4jX6Z215f0zwqHvm*     2048 Mon Nov  9 08:05:03 MAILER-DAEMON',
    '4jX6Z215f0zwqHvn!     2048 Mon Nov  9 08:05:03 a@example.org',
    'n4m3                    10 Mon Nov  9 08:05:03 root',
  ]);
  expect(lines.at(-1)).toBe('-- 5 Kbytes in 3 Requests.');
});
