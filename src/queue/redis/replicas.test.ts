import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openReplicaCheck, type ReplicaCheck } from './replicas.ts';

const unknownCommand = Object.assign(new Error("ERR unknown command 'WAITAOF'"), { name: 'ReplyError' });

interface World {
  readonly redis: EventEmitter;
  readonly check: ReplicaCheck;
  /** What was asked of Redis, and told. */
  readonly done: string[];
}

/** @param answers of WAITAOF, one after the other; the last one stays */
function worldOf(...answers: unknown[]): World {
  const done: string[] = [];
  const redis = Object.assign(new EventEmitter(), {
    async call(...words: readonly unknown[]) {
      done.push(words.join(' '));
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) throw answer;
      if (answer === 'never') return new Promise(() => {});
      if (answer === 'lost and opened again') redis.emit('close');
      return Array.isArray(answer) ? answer : [1, 1];
    },
    async wait(count: number, ms: number) {
      done.push(`WAIT ${count} ${ms}`);
      return 1;
    },
    async set(key: string) {
      done.push(`SET ${key}`);
    },
  });
  const check = openReplicaCheck({
    redis: redis as unknown as Redis,
    base: '{t}:',
    minReplicas: 1,
    timeoutMs: 500,
    onShortage: ({ message }) => void done.push(message),
  });
  return { redis, check, done };
}

test('one question for all of a turn, and one for all that come meanwhile', async () => {
  const { check, done } = worldOf([1, 1]);
  const first = [check.written(), check.written()];
  await first[0];
  await Promise.all([...first, check.written(), check.written()]);
  expect(done).toEqual(['WAITAOF 1 1 500', 'WAITAOF 1 1 500']);
});

test('a server that cannot tell about disks is asked what its replicas have received', async () => {
  const { check, done, redis } = worldOf(unknownCommand, [1, 1]);
  await check.written();
  await check.written();
  redis.emit('close');
  await check.written();
  expect(done).toEqual(['WAITAOF 1 1 500', 'WAIT 1 500', 'WAIT 1 500', 'WAITAOF 1 1 500']);
});

test('too few replicas: refused, and told once', async () => {
  const { check, done } = worldOf([1, 0]);
  const outcomes = await Promise.allSettled([check.written(), check.written()]);
  const words = '0 of 1 replicas that are wanted (queue.min_replicas) have it within 0.5 s';
  const reason = expect.objectContaining({ code: 'QUEUE_UNAVAILABLE', message: words }) as Error;
  expect(outcomes).toEqual([
    { status: 'rejected', reason },
    { status: 'rejected', reason },
  ]);
  expect(done).toEqual(['WAITAOF 1 1 500', words]);
});

test('what was written over a lost connection is not there for all that is known, whoever answers now', async () => {
  const { check, done, redis } = worldOf([1, 1]);
  const lost = check.written();
  redis.emit('close');
  const [before, after] = await Promise.allSettled([lost, check.written()]);
  expect([before.status, after.status]).toEqual(['rejected', 'fulfilled']);
  expect(done).toEqual(['WAITAOF 1 1 500']);
});

test('nor is what was seen over a lost connection, whoever wrote it', async () => {
  const { check, done, redis } = worldOf([1, 1]);
  const lost = check.all();
  redis.emit('close');
  await expect(lost).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  expect(done).toEqual([]);
});

test('a connection that is lost while it is asked is not waited for', async () => {
  const { check, redis } = worldOf('never');
  const lost = check.written();
  setImmediate(() => setImmediate(() => redis.emit('close')));
  await expect(lost).rejects.toMatchObject({ message: 'Redis is not reachable: lost connection' });
});

test('an answer over another connection than that of the question counts for nothing', async () => {
  const { check } = worldOf('lost and opened again');
  await expect(check.written()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

test('for what others have written a word of our own is waited for', async () => {
  const { check, done } = worldOf([1, 1]);
  await check.all();
  expect(done).toEqual(['SET {t}:probe', 'WAITAOF 1 1 500']);
});

test('own disk not reached: no replica counts', async () => {
  const { check } = worldOf([0, 2]);
  await expect(check.written()).rejects.toThrow('0 of 1 replicas');
});
