import { expect, test } from 'vitest';
import type { ListedDrop } from '../../maildrop/list-maildrop.ts';
import type { QueuedDelivery, QueuedMessage } from '../../queue/open-queue.ts';
import { mailqCommand } from './mailq.ts';
import { queueJsonCommand } from './queue-json.ts';
import { shownMessages } from './shown-message.ts';

/** Local time, as mailq shows it. */
const at = new Date(2026, 10, 9, 8, 5, 3).getTime();

function message(
  { forceExpired = false, ...more }: Partial<QueuedMessage> = {},
  deliveries: readonly Partial<QueuedDelivery>[] = [{}],
): QueuedMessage {
  const common = { queueId: '4jX6Z215f0zwqHvm', sender: 'a@example.org', size: 2048, arrivedAt: at };
  const usual = { ...common, destination: 'x.test', recipients: ['b@x.test'], attempts: 1 };
  return {
    ...common,
    state: 'deferred',
    ...more,
    forceExpired,
    deliveries: deliveries.map((one) => ({ ...usual, state: 'deferred', ...one })),
  };
}

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

async function printed(
  messages: readonly QueuedMessage[],
  dropped: readonly ListedDrop[] = [],
  command = mailqCommand,
): Promise<readonly string[]> {
  const lines: string[] = [];
  await command(shownMessages(each(messages), each(dropped)), (line) => lines.push(line) > 0);
  return lines;
}

const header = '----Queue ID----- --Size-- ---Arrival Time---- --Sender/Recipient------';
const refused = 'connect to mx.x.test[192.0.2.1]:25: Connection refused';
const drop = {
  queueId: 'n4m3',
  uid: 33,
  size: 10,
  arrivedAt: at,
  sender: 'root',
  recipients: ['e@z.test'],
};

test('an empty queue', async () => {
  expect(await printed([])).toEqual(['Mail queue is empty']);
  expect(await printed([], [], queueJsonCommand)).toEqual([]);
});

test('a reason stands at the right before its recipients, and those without one come last', async () => {
  const lines = await printed([
    message({}, [
      { destination: 'y.test', recipients: ['d@y.test'] },
      { reason: refused, recipients: ['b@x.test', 'c@x.test'] },
    ]),
  ]);
  expect(lines).toEqual([
    header,
    '4jX6Z215f0zwqHvm      2048 Mon Nov  9 08:05:03 a@example.org',
    `(${refused})`.padStart(78),
    `${' '.repeat(47)}b@x.test`,
    `${' '.repeat(47)}c@x.test`,
    '(reason unavailable)'.padStart(78),
    `${' '.repeat(47)}d@y.test`,
    '',
    '-- 2 Kbytes in 1 Request.',
  ]);
});

test('marks, the null sender, and the maildrop', async () => {
  const lines = await printed(
    [
      message({ state: 'active', sender: '' }),
      message({ queueId: '4jX6Z215f0zwqHvn', state: 'hold', forceExpired: true }),
    ],
    [drop],
  );
  expect(lines.filter((line) => /^\w/.test(line))).toEqual([
    'n4m3                    10 Mon Nov  9 08:05:03 root',
    '4jX6Z215f0zwqHvm*     2048 Mon Nov  9 08:05:03 MAILER-DAEMON',
    '4jX6Z215f0zwqHvn!#     2048 Mon Nov  9 08:05:03 a@example.org',
  ]);
  expect(lines.filter((line) => line === '')).toHaveLength(3);
  expect(lines.at(-1)).toBe('-- 4 Kbytes in 3 Requests.');
});

test('what is not fit for a terminal is escaped', async () => {
  const lines = await printed([message({ sender: '\u001b]0;x\u0007@example.org' })]);
  for (const sign of ['\u001b', '\u0007']) expect(lines.join('')).not.toContain(sign);
});

test('JSON as that of Postfix, to the blank', async () => {
  const lines = await printed(
    [message({ forceExpired: true }, [{ reason: 'said "no"' }])],
    [drop],
    queueJsonCommand,
  );
  const seconds = at / 1000;
  expect(lines).toEqual([
    `{"queue_name": "maildrop", "queue_id": "n4m3", "arrival_time": ${seconds}, "message_size": 10, "forced_expire": false, "sender": "root", "recipients": [{"address": "e@z.test"}]}`,
    `{"queue_name": "deferred", "queue_id": "4jX6Z215f0zwqHvm", "arrival_time": ${seconds}, "message_size": 2048, "forced_expire": true, "sender": "a@example.org", "recipients": [{"address": "b@x.test", "delay_reason": "said \\"no\\""}]}`,
  ]);
});
