import { DelayedError, Queue, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../core/outcome/log-event.ts';
import { keyBase } from './keys.ts';
import { isOutOfMemory } from './queue-error.ts';
import { connectRedis, list, text, type Raw, type RedisAddress } from './redis.ts';

/** A call for a destination: a new job, or an existing one that must not sleep any longer. */
export interface Ring {
  readonly destination: string;
  readonly action: 'add' | 'promote';
  readonly job: string;
}

export function ringsOf(raw: Raw | undefined): readonly Ring[] {
  return list(raw).map((entry) => {
    const [destination, action, job] = list(entry).map(text);
    return { destination: destination ?? '', action: action === 'add' ? 'add' : 'promote', job: job ?? '' };
  });
}

/** What a run of a destination asks for when it ends: nothing more, or to be called again at a time (epoch ms). */
export type RunEnd = 'done' | { readonly sleepUntil: number; readonly asleep: () => Promise<boolean> };

interface AlarmData {
  readonly destination: string;
}

const QUEUE_NAME = 'alarms';
/** A process that dies is replaced after at most lock + check: seconds, not minutes. */
const LOCK_MS = 6_000;
const STALLED_CHECK_MS = 3_000;
/** After an error no alarm is taken for so long: BullMQ would try again at once, and at once again. */
const HOLD_MS = 1_000;

/**
 * The alarm clock of the queue: one BullMQ job per destination that has mail, delayed until its next mail is due.
 * Which mail that is stands in our own keys; an alarm that is lost is set again by the sweeper.
 */
export interface Alarms {
  /** Never throws: a ring that does not get through is made up for by the sweeper. */
  ring(rings: readonly Ring[]): Promise<void>;
  /** Sets an alarm for `at` (epoch ms). */
  set(destination: string, job: string, at: number): Promise<void>;
  exists(job: string): Promise<boolean>;
  /** Forgets every alarm; only for the sole user of this Redis, at start. */
  clear(): Promise<void>;
  /** Calls `run` for each alarm that goes off, at most `concurrency` at a time. */
  listen(run: (destination: string, job: string) => Promise<RunEnd>, options: ListenOptions): AlarmWorker;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly concurrency: number;
  /** Told of every error of Redis that no alarm comes through for. */
  readonly onTrouble: (error: Error) => void;
  /** Whether Redis lets alarms be taken. */
  readonly mayTake: () => boolean;
}

export interface AlarmWorker {
  /** Takes no alarm until Redis lets it again. */
  hold(): void;
  /** Opens its connection anew. */
  reconnect(): void;
  /** Takes no further alarm, waits for the runs under way. */
  stop(): Promise<void>;
}

/** BullMQ refuses ids that are whole numbers. */
function jobId(job: string): string {
  return `a${job}`;
}

const keepNothing = { removeOnComplete: true, removeOnFail: true } as const;

/** Of any number, some at a time. */
async function removeKeys(redis: Redis, pattern: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
    if (keys.length > 0) await redis.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}

export function openAlarms(address: RedisAddress, prefix: string, commands: Redis, log: Log): Alarms {
  const bullPrefix = keyBase(prefix).slice(0, -1);
  const queue = new Queue<AlarmData>(QUEUE_NAME, {
    connection: commands,
    prefix: bullPrefix,
    streams: { events: { maxLen: 100 } },
    skipVersionCheck: true,
  });
  queue.on('error', () => {}); // The connection reports its own trouble, once.

  async function add(destination: string, job: string, delayMs: number): Promise<void> {
    await queue.add(
      'wake',
      { destination },
      { ...keepNothing, jobId: jobId(job), delay: Math.max(0, delayMs) },
    );
  }

  async function ringOne({ destination, action, job }: Ring): Promise<void> {
    if (action === 'add') return add(destination, job, 0);
    const asleep = await queue.getJob(jobId(job));
    // Not asleep any more means that it is running or about to: nothing to do.
    await asleep?.promote().catch(() => {});
  }

  return {
    async ring(rings) {
      await Promise.all(
        rings.map((ring) =>
          ringOne(ring).catch((error: unknown) =>
            log({
              component: 'qmgr',
              severity: 'warning',
              event: 'alarm failed',
              text: `alarm for ${ring.destination} not set, the sweeper will: ${String(error)}`,
            }),
          ),
        ),
      );
    },
    async set(destination, job, at) {
      await add(destination, job, at - Date.now());
    },
    async exists(job) {
      return (await queue.getJob(jobId(job))) !== undefined;
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
    listen(run, { concurrency, onTrouble, mayTake }) {
      const connection = connectRedis(address, { patience: 'patient' });
      let underWay = 0;
      async function onJob(job: Job<AlarmData>, token?: string): Promise<void> {
        const end = await run(job.data.destination, (job.id ?? '').slice(1));
        if (end === 'done') return;
        await job.moveToDelayed(end.sleepUntil, token);
        if (await end.asleep()) await job.promote().catch(() => {});
        throw new DelayedError();
      }
      const worker = new Worker<AlarmData>(
        QUEUE_NAME,
        (job: Job<AlarmData>, token?: string) => {
          underWay += 1;
          return onJob(job, token).finally(() => (underWay -= 1));
        },
        {
          connection,
          prefix: bullPrefix,
          concurrency,
          lockDuration: LOCK_MS,
          stalledInterval: STALLED_CHECK_MS,
          runRetryDelay: HOLD_MS,
          // A job that was interrupted is never "failed": mail hangs on it.
          maxStalledCount: 1_000_000,
          removeOnComplete: { count: 0 },
          removeOnFail: { count: 0 },
        },
      );
      let held: NodeJS.Timeout | undefined;
      let isStopping = false;
      function hold(): void {
        if (held !== undefined || isStopping) return;
        void worker.pause(true);
        held = setInterval(() => {
          if (!mayTake()) return;
          clearInterval(held);
          held = undefined;
          void worker.resume();
        }, HOLD_MS);
      }
      worker.on('error', (error) => {
        onTrouble(error);
        hold();
      });
      worker.on('failed', (job, error) =>
        log({
          component: 'qmgr',
          severity: 'error',
          event: 'alarm failed',
          text: `alarm of ${job?.data.destination ?? '?'} failed, the sweeper will set it again: ${error.message}`,
        }),
      );
      return {
        hold,
        reconnect: () => connection.disconnect(true),
        async stop() {
          isStopping = true;
          clearInterval(held);
          // With nothing under way there is nothing to wait for in a Redis that is gone.
          await worker.close(underWay === 0 && connection.status !== 'ready');
          connection.disconnect();
        },
      };
    },
    async close() {
      await queue.close();
    },
  };
}
