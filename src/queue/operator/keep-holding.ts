import type { Note } from '../scripts/note.ts';
import { placesOf } from './steer.ts';
import type { SteerPorts } from './steer-ports.ts';

/** So many are looked at in one go. */
const AT_ONCE = 100;

/**
 * Holds what was being delivered when it was placed on hold, and waits again now: relays of before the hold do not do that
 * by themselves.
 */
export async function keepHolding(
  ports: Pick<SteerPorts, 'redis' | 'base' | 'store' | 'now'>,
): Promise<void> {
  const { redis, base, store, now } = ports;
  for (const queueId of (await redis.srandmember(`${base}holding`, AT_ONCE)) ?? []) {
    const places = (await placesOf(queueId, ports)) ?? { moved: '', destinations: [] };
    const note: Note = { queueId, act: 'placed on hold', at: now() };
    await store.hold({ queueId, note, ...places, now: now(), again: true });
  }
}
