import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import { alarmFailed } from '../log/log-lines.ts';

/** What a run of a destination asks for when it ends: nothing more, or to be called again at a time (epoch ms). */
export type RunEnd = 'done' | { readonly sleepUntil: number; readonly asleep: () => Promise<boolean> };

export interface AlarmData {
  readonly destination: string;
}

export interface ListenOptions {
  /** How many more alarms may be taken now. */
  readonly room: () => number;
  /** Resolves when there may be more room than there was. */
  readonly whenRoom: () => Promise<void>;
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

export interface AlarmWorkerPorts extends ListenOptions {
  readonly queueName: string;
  readonly prefix: string;
  /** Its own. */
  readonly connection: Redis;
  readonly run: (destination: string, job: string) => Promise<RunEnd>;
  readonly log: Log;
}

/** A process that dies is replaced after at most lock + check: seconds, not minutes. */
const LOCK_MS = 6_000;
const RENEW_MS = 2_000;
const STALLED_CHECK_MS = 3_000;
/** After an error no alarm is taken for so long. */
const HOLD_MS = 1_000;
/** So many alarms are taken side by side where very many go off: Redis waits for the disk once for all of them. */
const MOST_AT_ONCE = 16;

/** A process that slept for longer than its lock finds its alarm with another one. */
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
 * Takes alarms that go off, one as soon as there is room for one and none before: what cannot begin now is left where it
 * is, for another process or for later, and those that are urgent come first. (BullMQ's own loop takes as many as may run
 * at the same time before it begins the first of them.)
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
    // A job that was interrupted is never "failed": mail hangs on it.
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
      // Its lock runs out, and it goes off again.
      log(alarmFailed(job.data.destination, error));
      trouble(error);
    }
  }

  /** Takes what goes off, more and more side by side as long as there is more; then waits for the next. */
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
    // While Redis is away one waits for it, not one every two seconds.
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
    reconnect: () => connection.disconnect(true),
    async stop() {
      stopping.abort();
      clearInterval(held);
      await Promise.all([...running].map(({ end }) => end));
      clearInterval(renewal);
      // Ends the wait for an alarm. One that goes off at this very moment is put back. With a Redis that is gone there is
      // nothing to wait for, and the library would wait for it.
      await worker.close(true);
      if (connection.status === 'ready') {
        await taking;
        await Promise.all([...running].map(({ end }) => end));
      }
      connection.disconnect();
    },
  };
}
