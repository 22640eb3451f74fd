import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import { alarmFailed } from '../log/log-lines.ts';
import { reopenElsewhere } from '../redis/redis.ts';

/** The result of a run: nothing more to do, or a time (epoch ms) at which to call it again. */
export type RunEnd = 'done' | { readonly sleepUntil: number; readonly asleep: () => Promise<boolean> };

export interface AlarmData {
  readonly destination: string;
}

export interface ListenOptions {
  /** Number of further alarms that may be taken now. */
  readonly room: () => number;
  /** Resolves when there may be more room. */
  readonly whenRoom: () => Promise<void>;
  /** Is called with every error of Redis that stops alarms. */
  readonly onTrouble: (error: Error) => void;
  /** Whether Redis allows alarms to be taken. */
  readonly mayTake: () => boolean;
}

export interface AlarmWorker {
  /** Takes no alarms until Redis allows it again. */
  hold(): void;
  /** Opens its connections again that do not lead to the Redis with this run id. */
  reconnect(runId: string | undefined): void;
  /** Takes no further alarms, and waits for the runs under way. */
  stop(): Promise<void>;
}

export interface AlarmWorkerPorts extends ListenOptions {
  readonly queueName: string;
  readonly prefix: string;
  /** A connection of its own. */
  readonly connection: Redis;
  readonly run: (destination: string, job: string) => Promise<RunEnd>;
  readonly log: Log;
}

/** A process that dies is replaced after at most lock + check: seconds, not minutes. */
const LOCK_MS = 6_000;
const RENEW_MS = 2_000;
const STALLED_CHECK_MS = 3_000;
/** Pause after an error before the next alarm is taken. */
const HOLD_MS = 1_000;
/** Number of alarms that are taken together when very many go off: Redis waits for the disk once for all of them. */
const MOST_AT_ONCE = 16;

/** A process that was suspended for longer than its lock finds its alarm with another process. */
const othersCodes: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobNotInState,
  ErrorCode.JobLockMismatch,
];

function isOthers(error: unknown): boolean {
  return error instanceof Error && 'code' in error && othersCodes.includes(error.code);
}

/**
 * Takes alarms that go off, each only when there is room for it: an alarm that cannot begin now stays where it is, for
 * another process or for later, and urgent ones come first. (BullMQ's own loop takes as many as may run at the same
 * time before it begins the first.)
 */
export function startAlarmWorker(ports: AlarmWorkerPorts): AlarmWorker {
  const { queueName, prefix, connection, run, room, whenRoom, onTrouble, mayTake, log } = ports;
  const worker = new Worker<AlarmData>(queueName, null, {
    connection,
    prefix,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    runRetryDelay: HOLD_MS,
    // An interrupted job must never become "failed", because mail depends on it.
    maxStalledCount: 1_000_000,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  const running = new Set<{ readonly id: string; readonly token: string; readonly end: Promise<void> }>();
  const self = randomUUID();
  let tokens = 0;
  let held: NodeJS.Timeout | undefined;
  const stopping = new AbortController();

  function hold(): void {
    if (held !== undefined || stopping.signal.aborted) return;
    held = setInterval(() => {
      if (!mayTake()) return;
      clearInterval(held);
      held = undefined;
    }, HOLD_MS);
  }

  function trouble(error: unknown): void {
    if (stopping.signal.aborted) return;
    onTrouble(error instanceof Error ? error : new Error(String(error)));
    hold();
  }
  worker.on('error', trouble);

  async function take(block: boolean): Promise<boolean> {
    const token = `${self}:${(tokens += 1)}`;
    const job = (await worker.getNextJob(token, { block })) as Job<AlarmData> | undefined;
    if (job?.id === undefined) return false;
    const entry = { id: job.id, token, end: work(job, token).finally(() => running.delete(entry)) };
    running.add(entry);
    return true;
  }

  async function work(job: Job<AlarmData>, token: string): Promise<void> {
    try {
      const end = await run(job.data.destination, (job.id ?? '').slice(1));
      if (end === 'done') return void (await job.moveToCompleted(undefined, token, false));
      await job.moveToDelayed(end.sleepUntil, token);
      if (await end.asleep()) await job.promote().catch(() => {});
    } catch (error) {
      if (isOthers(error)) return;
      // Its lock expires, and it goes off again.
      log(alarmFailed(job.data.destination, error));
      trouble(error);
    }
  }

  /** Takes the alarms that go off, more of them together as long as there are more; then waits for the next. */
  async function takeAll(): Promise<void> {
    let count = 1;
    let block = true;
    while (!stopping.signal.aborted) {
      if (room() <= 0) await whenRoom();
      else if (held !== undefined) await sleep(HOLD_MS / 10);
      else {
        const wanted = Math.min(count, room());
        const taken = await Promise.allSettled(Array.from({ length: wanted }, () => take(block)));
        for (const one of taken) if (one.status === 'rejected') trouble(one.reason);
        const found = taken.filter((one) => one.status === 'fulfilled' && one.value).length;
        block = found === 0;
        count = found < wanted ? 1 : Math.min(count * 2, MOST_AT_ONCE);
      }
    }
  }

  let renewing = false;
  const renewal = setInterval(() => {
    // While Redis is away one check waits for it, not one every two seconds.
    if (renewing || running.size === 0) return;
    renewing = true;
    const entries = [...running];
    void worker
      .extendJobLocks(
        entries.map(({ id }) => id),
        entries.map(({ token }) => token),
        LOCK_MS,
      )
      .catch(trouble)
      .finally(() => (renewing = false));
  }, RENEW_MS);

  void worker.startStalledCheckTimer();
  const taking = takeAll();
  return {
    hold,
    reconnect: (runId) => reopenElsewhere(connection, runId),
    async stop() {
      stopping.abort();
      clearInterval(held);
      await Promise.all([...running].map(({ end }) => end));
      clearInterval(renewal);
      // Ends the wait for an alarm. An alarm that goes off at this very moment is put back. If Redis is gone there is
      // nothing to wait for, but the library would wait.
      await worker.close(true);
      if (connection.status === 'ready') {
        await taking;
        await Promise.all([...running].map(({ end }) => end));
      }
      connection.disconnect();
    },
  };
}
