import { describe, expect, it } from 'vitest';
import type { Queue, QueuedDelivery } from '../../../src/queue/open-queue.ts';
import { whyCommand } from '../../../src/cli/queue/why-command.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { isDeep } from '../../support/sample.ts';
import { queueFor } from './queue-kit.ts';

/**
 * A long queue: the operator sees its first lines after a little work, whatever its length, everything once, and each
 * command to Redis is small. Daily with some thousands of messages, deep with a hundred thousand.
 */

const keep = belongings();
const deep = isDeep();
const count = deep ? 100_000 : 4_000;
const some = 1_000;

/** Puts messages in place as `accept` and `settle` do: half at one destination, the others at one for every ten. */
async function fill(redis: PrivateRedis, messages: number): Promise<void> {
  const lua = `
    local first, last = tonumber(ARGV[1]), tonumber(ARGV[2])
    for n = first, last do
      local id = string.format('4long%07d', n)
      local dest = n % 2 == 0 and 'big.test' or string.format('d%06d.test', math.floor(n / 20))
      local progress = '{"left":[0],"attempts":3,"nextAt":' .. 9e12 + n .. ',"last":{"dsn":"4.4.1","reason":"connect to mx[192.0.2.1]:25: Connection refused"}}'
      redis.call('HSET', '{test}:m:' .. id, 'left', 1, 'size', 20, 'body', 'Subject: x' .. string.char(13, 10, 13, 10) .. 'hello',
        'record', '{"v":1,"message":{"queueId":"' .. id .. '","envelope":{"sender":"a@s' .. n % 7 .. '.test","recipients":[{"address":"u' .. n .. '@' .. dest .. '"}],"body":"7BIT","smtpUtf8":false},"arrivedAt":' .. n .. ',"size":20,"messageId":"<x@x>"},"routing":[["' .. dest .. '",[0]]]}',
        's:' .. dest, progress)
      redis.call('ZADD', '{test}:d:' .. dest, n % 3 == 0 and 9e12 or 9e12 + n, id)
      redis.call('SADD', '{test}:dests', dest)
    end`.replaceAll(/\s+/g, ' ');
  for (let first = 1; first <= messages; first += some) {
    const last = Math.min(messages, first + some - 1);
    await redis.command(`EVAL "${lua.replaceAll('"', '\\"')}" 0 ${first} ${last}`);
  }
}

interface Work {
  readonly commands: number;
  readonly octets: number;
}

async function workOf(redis: PrivateRedis): Promise<Work> {
  const info = await redis.command('INFO stats');
  const value = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
  return { commands: value('total_commands_processed'), octets: value('total_net_output_bytes') };
}

/** What Redis has done for it; the questions of the test are not counted. */
async function workFor(redis: PrivateRedis, work: () => Promise<unknown>): Promise<Work> {
  const before = await workOf(redis);
  await work();
  const after = await workOf(redis);
  return { commands: after.commands - before.commands, octets: after.octets - before.octets };
}

async function world(messages: number): Promise<{ readonly redis: PrivateRedis; readonly queue: Queue }> {
  // Every command of more than 10 ms is in its log.
  const settings = { appendonly: 'no', appendfsync: 'no', 'slowlog-log-slower-than': '10000' };
  const redis = keep(await startPrivateRedis(settings));
  await fill(redis, messages);
  await redis.command('SLOWLOG RESET');
  return { redis, queue: await queueFor(keep, redis.socketPath, { allowUnsafe: true }) };
}

async function first<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  for await (const one of all) return one;
  return undefined;
}

describe(`a queue of ${count} messages`, () => {
  it('shows its first line after as little work as a short one', async () => {
    const [short, long] = [await world(some), await world(count)];
    for (const begin of [
      (queue: Queue) => first(queue.list()),
      (queue: Queue) => first(queue.messages()),
      (queue: Queue) => queue.page({ filter: {}, count: 100 }),
      (queue: Queue) => first(queue.list({ filter: { destination: 'big.test' } })),
    ]) {
      const work = await workFor(long.redis, () => begin(long.queue));
      const least = await workFor(short.redis, () => begin(short.queue));
      // The names of the destinations are read first; each is a few octets.
      const names = (count / 20) * 20;
      if (deep) console.log(`first line: ${work.commands} commands, ${work.octets} octets`);
      expect(work.commands).toBeLessThan(least.commands + 100 + count / 20 / 500);
      expect(work.octets).toBeLessThan(least.octets + 100_000 + 2 * names);
    }
  });

  it('lists each delivery once, in the order of time, while others come and go', async () => {
    const { redis, queue } = await world(count);
    const seen = new Set<string>();
    let twice = 0;
    let last: QueuedDelivery | undefined;
    let disordered = 0;
    let looked = 0;
    const gone = new Set<string>();
    let peak = 0;
    const work = await workFor(redis, async () => {
      for await (const delivery of queue.list({ looked: () => (looked += 1) })) {
        if (seen.has(delivery.queueId)) twice += 1;
        seen.add(delivery.queueId);
        if (last?.destination === delivery.destination && (last.nextAt ?? 0) > (delivery.nextAt ?? 0))
          disordered += 1;
        last = delivery;
        // One that was shown is delivered, one is new at the front.
        if (seen.size % 500 === 0) {
          await redis.command(`ZREM {test}:d:${delivery.destination} ${delivery.queueId}`);
          await redis.command(`ZADD {test}:d:${delivery.destination} 1 4new${seen.size}`);
          gone.add(delivery.queueId);
          peak = Math.max(peak, process.memoryUsage().heapUsed);
        }
      }
    });
    expect([seen.size, twice, disordered]).toEqual([count, 0, 0]);
    expect(looked).toBe(count);
    expect(work.commands).toBeLessThan(3 * count);
    if (deep) console.log(`list: ${work.commands} commands, heap ${Math.round(peak / 1e6)} MB at most`);
  });

  it('page by page, each once', async () => {
    const { queue } = await world(some);
    const ids: string[] = [];
    for (let cursor: { cursor?: string } = {}; ;) {
      const page = await queue.page({ filter: {}, count: 37, ...cursor });
      ids.push(...page.deliveries.map(({ queueId }) => queueId));
      if (page.next === undefined) break;
      cursor = { cursor: page.next };
    }
    expect([ids.length, new Set(ids).size]).toEqual([some, some]);
    await expect(queue.page({ filter: {}, count: 1, cursor: 'x' })).rejects.toThrow('no page ended there');
  });

  it('is counted, explained, flushed and held with small commands only', async () => {
    const { redis, queue } = await world(count);
    expect(await queue.waiting()).toBe(count);
    const lines: string[] = [];
    await whyCommand(queue.list(), { json: false, now: Date.now(), print: (line) => lines.push(line) > 0 });
    expect(lines[1]).toMatch(new RegExp(`^big\\.test +${Math.floor(count / 2)} `));
    expect(await queue.flush()).toBe(count);
    const work = await workFor(redis, async () => {
      for await (const { queueId } of queue.list({ filter: { senders: ['@s1.test'] } }))
        await queue.act('hold', queueId);
    });
    expect((await first(queue.list({ filter: { states: ['hold'] } })))?.state).toBe('hold');
    if (deep)
      console.log(`hold: ${work.commands} commands for ${Math.floor(count / 7)} of ${count} messages`);
    expect(work.commands).toBeLessThan(3 * count + 40 * (count / 7));
    if (deep) console.log(`commands of more than 10 ms: ${(await redis.command('SLOWLOG LEN')).trim()}`);
  });
});
