import type { Dice } from '../../support/dice.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRedisSentinels } from '../../support/redis-sentinels.ts';

/** The Redis of several relays, that can be struck. */
export interface ClusterStore extends AsyncDisposable {
  /** Settings of the relays. */
  readonly set: Readonly<Record<string, string>>;
  /** Resolves when it may be struck again. */
  strike(dice: Dice): Promise<void>;
}

/** One Redis, which is killed and started again. */
export async function openOneRedis(): Promise<ClusterStore> {
  const redis = await startPrivateRedis();
  return {
    set: { 'redis.url': `unix://${redis.socketPath}` },
    strike: () => redis.restart(),
    [Symbol.asyncDispose]: async () => redis[Symbol.asyncDispose](),
  };
}

/**
 * A master with two replicas and three Sentinels. The master is killed, and comes back as a master until it is told
 * better, or is stopped until it has been replaced.
 */
export async function openSentinels(): Promise<ClusterStore> {
  const redis = await startRedisSentinels();
  return {
    // Whichever of the two takes over has everything.
    set: { 'redis.url': redis.url, 'queue.min_replicas': '2' },
    async strike(dice) {
      const former = await redis.master();
      if (dice.below(2) === 0) {
        await former.kill();
        await redis.replaced(former);
        await former.restart();
      } else {
        process.kill(former.pid, 'SIGSTOP');
        try {
          await redis.replaced(former);
        } finally {
          process.kill(former.pid, 'SIGCONT');
        }
      }
      await redis.inStep(2);
    },
    [Symbol.asyncDispose]: async () => redis[Symbol.asyncDispose](),
  };
}
