import { expect, test } from 'vitest';
import { judgeQueue, type WaitingFacts } from './queue.ts';

const now = Date.UTC(2026, 10, 29);
const fault = {
  kind: 'certificate',
  host: 'mx.d.test[192.0.2.1]:25',
  level: 'dane',
  mismatch: 'no matching record',
} as const;
const tls: WaitingFacts = {
  destination: 'd.test',
  messages: 2,
  oldestAt: now - 7_200_000,
  failure: { dsn: '4.7.5', reason: 'x', tlsFault: fault },
};
const found = (waiting: readonly WaitingFacts[] | undefined, isCut = false): readonly string[] =>
  judgeQueue({ waiting, isCut, now }).map(({ state, id, text }) => `${state} ${id}: ${text}`);

test('what waits, and whose fault that is', () => {
  expect(found(undefined)).toEqual(['skip queue-not-seen: the queue was not looked at: Redis is not there']);
  expect(found([])).toEqual(['ok queue-empty: no mail waits']);
  expect(
    found([{ ...tls, messages: 1, failure: { dsn: '4.4.1', reason: 'Connection refused' } }], true),
  ).toEqual(['ok queue-waits: more than 1 message for 1 destination waits, the oldest for 2 hours']);
  expect(found([{ ...tls, failure: { dsn: '4.3.0', reason: 'x', ours: true } }])[1]).toMatch(
    /^warn queue-waits-for-us: 2 messages for d\.test: /,
  );
  const [, dane] = judgeQueue({ waiting: [tls], isCut: false, now });
  expect(dane).toMatchObject({
    id: 'queue-dane-fails',
    state: 'warn',
    text: expect.stringMatching(
      /^2 messages for d\.test: mx\.d\.test\[192\.0\.2\.1\]:25 shows a key that none of its signed TLSA records names/,
    ),
    todo: expect.arrayContaining(['not your fault: dane-relay explain d.test']),
  });
});

test('no more destinations than anybody reads', () => {
  const many = Array.from({ length: 40 }, (_, at) => ({ ...tls, destination: `d${at}.test` }));
  expect(found(many)).toHaveLength(6);
});
