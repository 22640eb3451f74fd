import type { Redis } from 'ioredis';
import { asked } from '../redis/queue-error.ts';
import { together } from './plain-calls.ts';

/** What is stored of destinations that were proved by DANE. Times are epoch milliseconds. Calls reject with QueueError. */
export interface StickyCommands {
  /** Hosts of a destination, and when each was proved. */
  hosts(destination: string): Promise<Readonly<Record<string, string>>>;
  proved(destination: string, host: string, at: number, until: number): Promise<void>;
  dropHosts(destination: string, hosts: readonly string[]): Promise<void>;
  loss(destination: string): Promise<string | undefined>;
  lost(destination: string, text: string): Promise<void>;
  /** The ones that are forgotten next come first. */
  destinations(): Promise<readonly string[]>;
  count(): Promise<number>;
  /** Those that are forgotten next. */
  oldest(most: number): Promise<readonly string[]>;
  /** Drops what is left of those whose time has passed. */
  sweep(now: number, most: number): Promise<void>;
  /** False if nothing was there. */
  forget(destination: string): Promise<boolean>;
}

export function stickyCommands(redis: Redis, base: string): StickyCommands {
  const hosts = (destination: string): string => `${base}sticky:${destination}`;
  const all = `${base}sticky`;
  const lost = `${base}sticky-lost`;

  return {
    hosts: (destination) => asked(redis.hgetall(hosts(destination))),
    proved: (destination, host, at, until) =>
      together(
        redis
          .multi()
          .hset(hosts(destination), host, at)
          .pexpireat(hosts(destination), Math.ceil(until))
          .zadd(all, until, destination)
          .hdel(lost, destination)
          // Neither outlives the last of what it is about.
          .pexpireat(all, Math.ceil(until), 'NX')
          .pexpireat(all, Math.ceil(until), 'GT')
          .pexpireat(lost, Math.ceil(until), 'GT'),
      ),
    async dropHosts(destination, names) {
      if (names.length > 0) await asked(redis.hdel(hosts(destination), ...names));
    },
    async loss(destination) {
      return (await asked(redis.hget(lost, destination))) ?? undefined;
    },
    async lost(destination, text) {
      const endsIn = await asked(redis.pttl(all));
      // Let go of in the meantime.
      if (endsIn < 0 || (await asked(redis.zscore(all, destination))) === null) return;
      await together(redis.multi().hset(lost, destination, text).pexpire(lost, endsIn));
    },
    destinations: () => asked(redis.zrange(all, '0', '-1')),
    count: () => asked(redis.zcard(all)),
    oldest: (most) => asked(redis.zrange(all, '0', String(most - 1))),
    async sweep(now, most) {
      const past = ['-inf', `(${now}`, 'BYSCORE', 'LIMIT', '0', String(most)] as const;
      const names = await asked(redis.zrange(all, ...past));
      const last = names.at(-1);
      const score = last === undefined ? null : await asked(redis.zscore(all, last));
      // By their scores: one that was proved again in this moment stays.
      if (score === null || Number(score) >= now) return;
      await together(
        redis
          .multi()
          .zremrangebyscore(all, '-inf', score)
          .hdel(lost, ...names),
      );
    },
    async forget(destination) {
      const gone = await asked(redis.del(hosts(destination)));
      await together(redis.multi().zrem(all, destination).hdel(lost, destination));
      return gone === 1;
    },
  };
}
