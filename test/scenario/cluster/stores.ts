import type { Dice } from '../../support/dice.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { monitorRedis } from '../../support/redis-monitor.ts';
import { startRedisSentinels, type ReplicaNode } from '../../support/redis-sentinels.ts';

/** The Redis of several relays, that can be struck. */
export interface ClusterStore extends AsyncDisposable {
  /** Settings of the relays. */
  readonly set: Readonly<Record<string, string>>;
  /** Resolves when it may be struck again. `tell` hears what is done to whom. */
  strike(dice: Dice, tell: (text: string) => void): Promise<void>;
}

/** @param heard is told of each command that each Redis carries out, if anybody listens to them */
export type OpenStore = (heard: (command: string) => void) => Promise<ClusterStore>;

/** One Redis, which is killed and started again. */
export async function openOneRedis(): Promise<ClusterStore> {
  const redis = await startPrivateRedis();
  return {
    set: { 'redis.url': `unix://${redis.socketPath}` },
    strike(_, tell) {
      tell('Redis is killed, and started again');
      return redis.restart();
    },
    [Symbol.asyncDispose]: async () => redis[Symbol.asyncDispose](),
  };
}

/**
 * A master with two replicas and three Sentinels. The master is killed, and comes back as a master until it is told
 * better, or is stopped until it has been replaced.
 */
export async function openSentinels(heard: (command: string) => void): Promise<ClusterStore> {
  const redis = await startRedisSentinels();
  const nameOf = (node: ReplicaNode): string => `Redis ${redis.nodes.indexOf(node)}`;
  const monitors = redis.nodes.map((node) =>
    monitorRedis(node.socketPath, (command) => heard(`${nameOf(node)}: ${command}`)),
  );
  return {
    // Whichever of the two takes over has everything.
    set: { 'redis.url': redis.url, 'queue.min_replicas': '2' },
    async strike(dice, tell) {
      const former = await redis.master();
      const replaced = async (): Promise<void> => {
        tell(`${nameOf(await redis.replaced(former))} is the master`);
      };
      if (dice.below(2) === 0) {
        tell(`${nameOf(former)}, the master, is killed`);
        await former.kill();
        await replaced();
        await former.restart();
      } else {
        tell(`${nameOf(former)}, the master, is stopped`);
        process.kill(former.pid, 'SIGSTOP');
        try {
          await replaced();
        } finally {
          process.kill(former.pid, 'SIGCONT');
        }
      }
      tell(`${nameOf(former)} is back`);
      await redis.inStep(2);
      tell('both replicas are in step');
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(monitors.map((monitor) => monitor[Symbol.asyncDispose]()));
      await redis[Symbol.asyncDispose]();
    },
  };
}
