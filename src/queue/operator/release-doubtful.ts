import type { Progress } from '../../core/delivery/outcome.ts';
import { decodeProgress, encodeProgress } from '../forms/record.ts';
import type { SteerPorts } from './steer-ports.ts';

/** Destinations of a message at which recipients in doubt were. */
export interface ReleaseCount {
  readonly released: number;
  /** At which others of its recipients are being delivered to, so that nothing was done. */
  readonly busy: number;
}

/** So many fields are read at a time. */
const PAGE = 500;

/** Makes the recipients of a message due that may have it already. */
export async function releaseDoubtful(
  queueId: string,
  { redis, base, store, alarms, now: clock }: Pick<SteerPorts, 'redis' | 'base' | 'store' | 'alarms' | 'now'>,
): Promise<ReleaseCount> {
  const now = clock();
  const key = `${base}m:${queueId}`;
  const names = (await redis.hkeys(key)).filter((name) => name.startsWith('s:'));
  let released = 0;
  let busy = 0;
  for (let start = 0; start < names.length; start += PAGE) {
    const page = names.slice(start, start + PAGE);
    const texts = await redis.hmget(key, ...page);
    for (const [place, name] of page.entries()) {
      const text = texts[place] ?? undefined;
      if (text === undefined) continue;
      const { held, ...progress } = decodeProgress(text);
      if (held === undefined) continue;
      const left = [...progress.left, ...held.left].toSorted((one, other) => one - other);
      const merged: Progress = { ...progress, left, nextAt: now };
      const change = { destination: name.slice(2), queueId, now, before: text };
      const { isDone, wakeups } = await store.unhold({ ...change, after: encodeProgress(merged) });
      await alarms.wake(wakeups);
      if (isDone) released += 1;
      else busy += 1;
    }
  }
  return { released, busy };
}
