import type { Redis } from 'ioredis';
import { asked, together } from './plain-calls.ts';

/** What is stored of destinations that were proved by DANE. Times are epoch milliseconds. Calls reject with QueueError. */
export interface StickyCommands {
  /** Hosts of a destination, and when each was proved. */
  hosts(destination: string): Promise<Readonly<Record<string, string>>>;
  proved(destination: string, host: string, at: number, until: number): Promise<void>;
  dropHosts(destination: string, hosts: readonly string[]): Promise<void>;
  loss(destination: string): Promise<string | undefined>;
  lost(destination: string, text: string): Promise<void>;
  /** By when they were proved last, the oldest first. */
  destinations(): Promise<readonly string[]>;
  count(): Promise<number>;
  /** Those that were proved the longest ago. */
  oldest(most: number): Promise<readonly string[]>;
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
          .zadd(all, at, destination)
          .hdel(lost, destination),
      ),
    async dropHosts(destination, names) {
      if (names.length > 0) await asked(redis.hdel(hosts(destination), ...names));
    },
    async loss(destination) {
      return (await asked(redis.hget(lost, destination))) ?? undefined;
    },
    async lost(destination, text) {
      await asked(redis.hset(lost, destination, text));
    },
    destinations: () => asked(redis.zrange(all, '0', '-1')),
    count: () => asked(redis.zcard(all)),
    oldest: (most) => asked(redis.zrange(all, '0', String(most - 1))),
    async forget(destination) {
      const gone = await asked(redis.del(hosts(destination)));
      await together(redis.multi().zrem(all, destination).hdel(lost, destination));
      return gone === 1;
    },
  };
}
