import type { Redis } from 'ioredis';
import { asked, QueueError } from '../redis/queue-error.ts';
import type { PolicyFacts } from '../scripts/policies.ts';

/** What is read of MTA-STS policies; scripts/policies.ts changes it. Calls reject with QueueError. */
export interface StsCommands {
  /** Of one that has not expired. */
  text(domain: string): Promise<string | undefined>;
  /** The same, and the rest of what is known; undefined if there is none. */
  all(domain: string): Promise<PolicyFacts | undefined>;
  domains(): Promise<readonly string[]>;
}

export function stsCommands(redis: Redis, base: string): StsCommands {
  const policy = (domain: string): string => `${base}sts:${domain}`;
  const [due, used, failed] = [`${base}sts-due`, `${base}sts-used`, `${base}sts-failed`] as const;

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
      if (text === null) return undefined;
      return {
        domain,
        text,
        refreshAt: numberOf(refreshAt),
        usedAt: numberOf(usedAt),
        failed: failure ?? undefined,
      };
    },
    // What is used is known, and what is planned as well.
    async domains() {
      const [planned, asking] = await asked(
        Promise.all([redis.zrange(due, '0', '-1'), redis.zrange(used, '0', '-1')]),
      );
      return [...new Set([...planned, ...asking])];
    },
  };
}

/** Nobody knows whether it is in force. */
export function unreadablePolicy(domain: string): QueueError {
  return new QueueError('QUEUE_UNAVAILABLE', `the stored policy of ${domain} cannot be read`);
}

function numberOf(score: string | null): number | undefined {
  return score === null ? undefined : Number(score);
}
