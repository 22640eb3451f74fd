import type { Redis } from 'ioredis';
import { ringsOf, type Alarms } from './alarms.ts';
import { decodeProgress, decodeRecord, destinationsOf, encodeProgress, type Progress } from './record.ts';
import { list, runScript } from './redis.ts';

/** What became of a message the operator named. */
export type Released = 'released' | 'not held' | 'being delivered';

/** Makes what is held of a message due now. */
export async function releaseMessage(
  redis: Redis,
  base: string,
  alarms: Alarms,
  now: number,
  queueId: string,
): Promise<Released> {
  const fields = await redis.hgetall(`${base}m:${queueId}`);
  let outcome: Released = 'not held';
  for (const [field, text] of Object.entries(fields)) {
    if (!field.startsWith('s:')) continue;
    const { held, ...progress } = decodeProgress(text);
    if (held === undefined) continue;
    const destination = field.slice(2);
    const merged: Progress = {
      ...progress,
      left: [...progress.left, ...held.left].toSorted((a, b) => a - b),
      nextAt: now,
    };
    const args = [base, destination, queueId, now, text, encodeProgress(merged)];
    const [done, rings] = list(await runScript(redis, 'unhold', args));
    await alarms.ring(ringsOf(rings));
    if (done === 1 && outcome === 'not held') outcome = 'released';
    if (done !== 1) outcome = 'being delivered';
  }
  return outcome;
}

/** Forgets a message, whoever still waits for it, without a word to its sender; false when there is none of that id. */
export async function deleteMessage(redis: Redis, base: string, queueId: string): Promise<boolean> {
  const record = await redis.hget(`${base}m:${queueId}`, 'record');
  if (record === null) return false;
  const { routing } = decodeRecord(record);
  const destinations = destinationsOf(routing, await redis.hkeys(`${base}m:${queueId}`));
  return (await runScript(redis, 'forget', [base, queueId, ...destinations])) === 1;
}
