import { UnreadableRecord } from '../forms/record.ts';
import type { Note } from '../scripts/note.ts';
import { placesOf } from './steer.ts';
import type { SteerPorts } from './steer-ports.ts';

/** So many are looked at in one go. */
const AT_ONCE = 100;

const nowhere = { moved: '', destinations: [] } as const;

/**
 * Holds what was being delivered when it was placed on hold, and waits again now: relays of before the hold do not do that
 * by themselves.
 */
export async function keepHolding(
  ports: Pick<SteerPorts, 'redis' | 'base' | 'store' | 'now'>,
): Promise<void> {
  const { redis, base, store, now } = ports;
  for (const queueId of (await redis.srandmember(`${base}holding`, AT_ONCE)) ?? []) {
    const places = await placesOf(queueId, ports).catch(passOver);
    if (places === 'unreadable') continue;
    const note: Note = { queueId, act: 'placed on hold', at: now() };
    await store.hold({ queueId, note, ...(places ?? nowhere), now: now(), again: true });
  }
}

/** A message that only a newer relay can read is held by that one. Rethrows what is wrong with Redis. */
function passOver(error: unknown): 'unreadable' {
  if (error instanceof UnreadableRecord) return 'unreadable';
  throw error;
}
