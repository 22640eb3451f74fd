import type { Redis } from 'ioredis';
import type { Log } from '../core/outcome/log-event.ts';
import type { Alarms } from './alarms.ts';
import { CLAIMED } from './keys.ts';
import { list, runScript, text } from './redis.ts';
import { LONGEST_POSTPONE_MS } from './serve.ts';
import { forgetOldSuspensions } from './site.ts';
import { removeAbandoned } from './unfinished.ts';

/** An id that was fenced is forgotten after this: no command is on its way for so long. */
const FENCED_MS = 24 * 3_600_000;
/** Due mail that nobody looked after for this long has lost its alarm. */
const OVERDUE_MS = 30_000;

export interface SweepPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly alarms: Alarms;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Compares the queue with its alarms and mends what a crash left between the two: mail without an alarm, alarms that
 * BullMQ does not know, content that no message belongs to. Returns how many alarms it set.
 */
export async function sweep(ports: SweepPorts): Promise<number> {
  const { redis, base, now } = ports;
  let mended = 0;
  for (const destination of await redis.smembers(`${base}dests`)) {
    if (await isForgotten(destination, ports)) {
      const raw = await runScript(redis, 'audit', [base, destination]);
      const due = Number(text(list(raw)[2]));
      const at = due >= CLAIMED ? now() : due;
      const job = text(await runScript(redis, 'rewake', [base, destination, at > now() ? Math.ceil(at) : 0]));
      await ports.alarms.set(destination, job, at);
      mended += 1;
    }
  }
  await removeAbandoned(ports, ports.log);
  await redis.zremrangebyscore(`${base}fenced`, '-inf', now() - FENCED_MS);
  await forgetOldSuspensions(redis, base, now());
  return mended;
}

async function isForgotten(destination: string, { redis, base, alarms, now }: SweepPorts): Promise<boolean> {
  const [awake, owned, due] = list(await runScript(redis, 'audit', [base, destination]));
  if (owned === 1 || text(due) === '') return false;
  const [job, until] = text(awake).split(':');
  if (job === undefined || job === '' || !(await alarms.exists(job))) return true;
  const dueAt = Number(text(due));
  // A claim without an owner is overdue by nature.
  if (dueAt >= CLAIMED) return Number(until) > now();
  // The alarm sleeps past its mail, and not because nothing can be delivered at the moment.
  return dueAt + OVERDUE_MS < now() && Number(until) > now() + LONGEST_POSTPONE_MS;
}
