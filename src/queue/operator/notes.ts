import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import type { Note } from '../scripts/note.ts';
import { operatorAct } from '../log/log-lines.ts';

/** A line that is written later says when it happened. */
const LATE_MS = 60_000;
const AT_ONCE = 100;

/** Logs what the operator has done since the last call. One of the relays of this queue logs each note. */
export async function logNotes(redis: Redis, base: string, now: () => number, log: Log): Promise<void> {
  for (;;) {
    const taken = (await redis.lpop(`${base}notes`, AT_ONCE)) ?? [];
    for (const text of taken) {
      const { queueId, act, at } = JSON.parse(text) as Note;
      const isLate = now() - at >= LATE_MS;
      log(operatorAct({ queueId, act, at, isLate }));
    }
    if (taken.length < AT_ONCE) return;
  }
}
