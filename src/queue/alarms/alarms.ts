import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import { keyBase } from '../forms/keys.ts';
import { isOutOfMemory } from '../redis/queue-error.ts';
import { connectRedis, type RedisTarget } from '../redis/redis.ts';
import type { Wakeup } from '../scripts/wakeup.ts';
import { alarmNotSet } from '../log/log-lines.ts';
import {
  startAlarmWorker,
  type AlarmData,
  type AlarmWorker,
  type ListenOptions,
  type RunEnd,
} from './alarm-worker.ts';

const QUEUE_NAME = 'alarms';
/** The alarms of a message that wakes more destinations than this have lower priority than those of others. */
const MANY_WAKEUPS = 50;

/**
 * The alarm clock of the queue: one BullMQ job per destination that has mail, delayed until its next mail is due. Our
 * own keys say which mail that is. The sweeper sets a lost alarm again.
 */
export interface Alarms {
  /** Never throws, because the sweeper makes up for a lost wakeup. Very many at once are not urgent. */
  wake(wakeups: readonly Wakeup[]): Promise<void>;
  /** Sets an alarm for `at` (epoch ms). */
  set(destination: string, job: string, at: number): Promise<void>;
  exists(job: string): Promise<boolean>;
  /** For overdue mail: an alarm that sleeps goes off, and one of low priority moves ahead of later ones. */
  expedite(job: string): Promise<void>;
  /** Deletes every alarm; only for the sole user of this Redis, at its start. */
  clear(): Promise<void>;
  /** Calls `run` for each alarm that goes off, as room allows. */
  listen(run: (destination: string, job: string) => Promise<RunEnd>, options: ListenOptions): AlarmWorker;
  close(): Promise<void>;
}

/** BullMQ refuses ids that are whole numbers. */
function jobId(job: string): string {
  return `a${job}`;
}

const keepNothing = { removeOnComplete: true, removeOnFail: true } as const;

/** Sets any number of alarms, some at a time. */
async function removeKeys(redis: Redis, pattern: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
    if (keys.length > 0) await redis.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}

export function openAlarms(target: RedisTarget, prefix: string, commands: Redis, log: Log): Alarms {
  const bullPrefix = keyBase(prefix).slice(0, -1);
  const queue = new Queue<AlarmData>(QUEUE_NAME, {
    connection: commands,
    prefix: bullPrefix,
    streams: { events: { maxLen: 100 } },
    skipVersionCheck: true,
  });
  queue.on('error', () => {}); // The connection reports its own trouble, once.

  async function add(destination: string, job: string, delayMs: number, hasTime = false): Promise<void> {
    const options = { ...keepNothing, jobId: jobId(job), delay: Math.max(0, delayMs) };
    // A job with a priority is taken after all jobs without one.
    await queue.add('wake', { destination }, hasTime ? { ...options, priority: 1 } : options);
  }

  async function wakeOne({ destination, action, job }: Wakeup, hasTime: boolean): Promise<void> {
    if (action === 'add') return add(destination, job, 0, hasTime);
    const asleep = await queue.getJob(jobId(job));
    // The sweeper has announced it and is about to set it for later, which has no effect once it exists.
    if (asleep === undefined) return add(destination, job, 0, hasTime);
    // If it no longer sleeps, it is running or about to run, and there is nothing to do.
    await asleep.promote().catch(() => {});
  }

  return {
    async wake(wakeups) {
      const haveTime = wakeups.length > MANY_WAKEUPS;
      await Promise.all(
        wakeups.map((wakeup) =>
          wakeOne(wakeup, haveTime).catch((error: unknown) => log(alarmNotSet(wakeup.destination, error))),
        ),
      );
    },
    async set(destination, job, at) {
      await add(destination, job, at - Date.now());
    },
    async exists(job) {
      // The sweeper asks for every destination: not the whole job is read.
      return (await commands.exists(queue.toKey(jobId(job)))) === 1;
    },
    async expedite(job) {
      const alarm = await queue.getJob(jobId(job));
      if (alarm === undefined) return;
      if (await alarm.isDelayed()) await alarm.promote().catch(() => {});
      else if ((alarm.opts.priority ?? 0) > 0) await alarm.changePriority({ priority: 0 });
    },
    async clear() {
      try {
        await queue.obliterate({ force: true });
      } catch (error) {
        // A full Redis refuses its scripts.
        if (!isOutOfMemory(error)) throw error;
        await removeKeys(commands, `${bullPrefix}:${QUEUE_NAME}:*`);
      }
    },
    listen(run, options) {
      const connection = connectRedis(target, { patience: 'patient', eager: true });
      return startAlarmWorker({
        ...options,
        run,
        queueName: QUEUE_NAME,
        prefix: bullPrefix,
        connection,
        log,
      });
    },
    async close() {
      await queue.close();
    },
  };
}
