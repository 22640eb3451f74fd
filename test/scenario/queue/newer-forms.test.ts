import { expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { incoming, queueFor } from './queue-kit.ts';

/** What a newer relay, or a hand, has written stands in nobody's way. */

const keep = belongings();

it('a destination is explained although its oldest message is unreadable', async () => {
  const redis = keep(await startPrivateRedis());
  const queue = await queueFor(keep, redis.socketPath);
  const [newer, other] = [incoming(['a@x.test']), incoming(['b@x.test'])];
  for (const message of [newer, other]) await queue.accept(message);
  await redis.command(`HSET {test}:m:${newer.queueId} record '{"v":9}' s:x.test '{"v":2}'`);
  const facts = await queue.waitingFor('x.test');
  expect(facts?.messages).toBe(2);
  expect(facts?.oldestAt).toBeUndefined();
  expect(facts?.reasons.map(({ state, reason = '' }) => `${state} ${reason}`).toSorted()).toEqual([
    'deferred progress of unknown version 2',
    'queued ',
  ]);
});

it('a note that makes no sense is counted, and those beside it are logged', async () => {
  const redis = keep(await startPrivateRedis());
  const lines: LogEvent[] = [];
  const queue = await queueFor(keep, redis.socketPath, { log: (event) => void lines.push(event) });
  const message = incoming(['a@x.test']);
  await queue.accept(message);
  await redis.command('RPUSH {test}:notes garbage null');
  await queue.act('hold', message.queueId);
  await queue.serve(async () => undefined, 1);
  const said = (): readonly string[] => lines.map(({ text }) => text);
  await until(() => said().some((text) => text === `${message.queueId}: placed on hold`), 'the act');
  expect(lines.filter(({ event }) => event === 'acts not logged')).toHaveLength(1);
});

it('a hold ends whole where the progress is of a form that is not known', async () => {
  const redis = keep(await startPrivateRedis());
  const queue = await queueFor(keep, redis.socketPath);
  const message = incoming(['a@x.test', 'b@y.test']);
  await queue.accept(message);
  await queue.act('hold', message.queueId);
  await redis.command(`HSET {test}:m:${message.queueId} s:x.test '{"v":2}'`);
  const score = async (destination: string): Promise<number> =>
    Number((await redis.command(`ZSCORE {test}:d:${destination} ${message.queueId}`)).split('\r\n')[1]);
  expect(await score('y.test')).toBeGreaterThan(1e14);
  await queue.act('release', message.queueId).catch(() => {});
  for (const destination of ['x.test', 'y.test']) expect(await score(destination)).toBeLessThan(1e14);
});
