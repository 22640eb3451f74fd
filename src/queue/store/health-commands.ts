import type { Redis } from 'ioredis';
import { asked } from '../redis/queue-error.ts';

/** What is read of the health of destinations; scripts/destination-health.ts changes it. Calls reject with QueueError. */
export interface HealthCommands {
  /** Destinations that are mailed; those that were mailed last come first. */
  destinations(): Promise<readonly string[]>;
  /** What is known of each, in their order; undefined: nothing. */
  texts(destinations: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** When mail last went there, in their order; undefined: it is not known. */
  mailed(destinations: readonly string[]): Promise<readonly (number | undefined)[]>;
}

export function healthCommands(redis: Redis, base: string): HealthCommands {
  const mailed = `${base}health-mailed`;
  const health = (destination: string): string => `${base}health:${destination}`;
  return {
    destinations: () => asked(redis.zrange(mailed, '0', '-1', 'REV')),
    async texts(destinations) {
      if (destinations.length === 0) return [];
      const all = await asked(redis.mget(...destinations.map(health)));
      return all.map((text) => text ?? undefined);
    },
    async mailed(destinations) {
      if (destinations.length === 0) return [];
      const all = await asked(redis.zmscore(mailed, ...destinations));
      return all.map((score) => (score === null ? undefined : Number(score)));
    },
  };
}
