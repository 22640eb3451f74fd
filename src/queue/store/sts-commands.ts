import type { ChainableCommander, Redis } from 'ioredis';
import { asQueueError } from '../redis/queue-error.ts';

/** What is stored of MTA-STS policies. Times are epoch milliseconds. Calls reject with QueueError. */
export interface StsCommands {
  /** Of one that has not expired. */
  text(domain: string): Promise<string | undefined>;
  /** The same, and the rest of what is known. */
  all(domain: string): Promise<StsFacts>;
  put(domain: string, text: string, expiresAt: number, refreshAt: number): Promise<void>;
  used(domain: string, at: number, refreshAt: number): Promise<void>;
  failed(domain: string, text: string, refreshAt: number): Promise<void>;
  plan(domain: string, refreshAt: number): Promise<void>;
  /** Domains whose policy is due to be fetched anew, and since when. */
  due(now: number, most: number): Promise<readonly { readonly domain: string; readonly refreshAt: number }[]>;
  /** True for one caller alone: nothing is planned for it any more. */
  claim(domain: string): Promise<boolean>;
  domains(): Promise<readonly string[]>;
  /** False if no policy was there. */
  forget(domain: string): Promise<boolean>;
}

export interface StsFacts {
  readonly text?: string | undefined;
  readonly refreshAt?: number | undefined;
  readonly usedAt?: number | undefined;
  readonly failed?: string | undefined;
}

export function stsCommands(redis: Redis, base: string): StsCommands {
  const policy = (domain: string): string => `${base}sts:${domain}`;
  const [due, used, failed] = ['sts-due', 'sts-used', 'sts-failed'].map((name) => base + name) as [
    string,
    string,
    string,
  ];

  return {
    async text(domain) {
      return (await asked(redis.get(policy(domain)))) ?? undefined;
    },
    async all(domain) {
      const [text, refreshAt, usedAt, failure] = await asked(
        Promise.all([
          redis.get(policy(domain)),
          redis.zscore(due, domain),
          redis.zscore(used, domain),
          redis.hget(failed, domain),
        ]),
      );
      return {
        text: text ?? undefined,
        refreshAt: numberOf(refreshAt),
        usedAt: numberOf(usedAt),
        failed: failure ?? undefined,
      };
    },
    put: (domain, text, expiresAt, refreshAt) =>
      together(
        redis
          .multi()
          .set(policy(domain), text, 'PXAT', Math.ceil(expiresAt))
          .zadd(due, refreshAt, domain)
          .hdel(failed, domain),
      ),
    used: (domain, at, refreshAt) =>
      together(redis.multi().zadd(used, at, domain).zadd(due, 'NX', refreshAt, domain)),
    failed: (domain, text, refreshAt) =>
      together(redis.multi().hset(failed, domain, text).zadd(due, refreshAt, domain)),
    async plan(domain, refreshAt) {
      await asked(redis.zadd(due, refreshAt, domain));
    },
    async due(now, most) {
      const listed = await asked(redis.zrangebyscore(due, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most));
      const domains = listed.filter((_, place) => place % 2 === 0);
      return domains.map((domain, index) => ({ domain, refreshAt: Number(listed[2 * index + 1]) }));
    },
    async claim(domain) {
      return (await asked(redis.zrem(due, domain))) === 1;
    },
    // What is used is known, and what is planned as well: a crash may have left one without the other.
    async domains() {
      const [planned, asking] = await asked(
        Promise.all([redis.zrange(due, '0', '-1'), redis.zrange(used, '0', '-1')]),
      );
      return [...new Set([...planned, ...asking])];
    },
    async forget(domain) {
      const gone = await asked(redis.del(policy(domain)));
      await together(redis.multi().zrem(due, domain).zrem(used, domain).hdel(failed, domain));
      return gone === 1;
    },
  };
}

function numberOf(score: string | null): number | undefined {
  return score === null ? undefined : Number(score);
}

async function together(calls: ChainableCommander): Promise<void> {
  const answers = (await asked(calls.exec())) ?? [];
  const [failure] = answers.find(([error]) => error !== null) ?? [];
  if (failure !== undefined && failure !== null) throw asQueueError(failure);
}

/** Throws QueueError. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw asQueueError(error);
  }
}
