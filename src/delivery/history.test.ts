import { expect, test } from 'vitest';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { Message } from '../core/mail/message.ts';
import { historyOf } from './history.ts';

const limits = { recipients: 5, keptMs: 10, keyMs: 5, events: 5 };
const message: Message = {
  queueId: 'Q',
  envelope: { sender: 's@x.test', recipients: [], body: '7BIT', smtpUtf8: false },
  arrivedAt: 1,
  size: 1,
  messageId: '',
};

function attempt(index: number, outcome: 'sent' | 'deferred' | 'bounced', reason = 'said'): Attempt {
  return {
    index,
    recipient: { address: `r${index}@y.test` },
    status: { outcome, dsn: '4.0.0', reason, scope: 'recipient', relay: 'mx' },
    stamps: { doneAt: 3 },
    connectionUse: 1,
    tls: 'dane',
  };
}

const attempts = [
  attempt(0, 'sent'),
  attempt(1, 'bounced'),
  attempt(2, 'deferred'),
  attempt(3, 'deferred'),
  attempt(4, 'deferred', 'x'.repeat(9_000)),
];
const [, bounced, expired, held] = attempts as [Attempt, Attempt, Attempt, Attempt];
const settlement = { failed: [bounced, expired], expired: true, held: [held] };

test('historyOf(): nothing of a message that nobody asks about', () => {
  expect(
    historyOf({ message, destination: 'y.test', attempts, settlement, count: 2, at: 5 }, { limits }),
  ).toBeUndefined();
});

test('historyOf(): what became of each recipient, in words of bounded length', () => {
  const concluded = {
    message: { ...message, submitter: 'app' },
    destination: 'y.test',
    attempts,
    settlement,
    count: 2,
    at: 5,
  };
  const outcomes = historyOf(concluded, { limits })?.outcomes ?? [];
  const read = outcomes.map(([index, text]) => ({
    index,
    ...(JSON.parse(text) as { readonly state: string; readonly reason: string }),
  }));
  expect(read.map(({ index, state }) => [index, state])).toEqual([
    [0, 'delivered'],
    [1, 'bounced'],
    [2, 'expired'],
    [3, 'held'],
    [4, 'deferred'],
  ]);
  expect(read[0]).toEqual({
    index: 0,
    state: 'delivered',
    at: 5,
    attempts: 2,
    dsn: '4.0.0',
    reason: 'said',
    relay: 'mx',
    tls: 'dane',
  });
  expect(read[1]).toHaveProperty('explanation');
  expect(String(read[4]?.reason)).toHaveLength(500);
});
