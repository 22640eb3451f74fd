import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import type { Note } from '../scripts/note.ts';
import { notesLost, operatorAct } from '../log/log-lines.ts';

/** A line that is written later says when it happened. */
const LATE_MS = 60_000;
const AT_ONCE = 100;
/** So many acts may wait for a relay to log them, before an operator's command waits for it. */
const MOST_WAITING = 500;
/** How long it waits for so many, and how often it looks. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 20;

/** Logs what the operator has done since the last call. One of the relays of this queue logs each note. */
export async function logNotes(redis: Redis, base: string, now: () => number, log: Log): Promise<void> {
  const lost = await redis.getdel(`${base}notes-lost`);
  if (lost !== null && lost !== undefined) log(notesLost(Number(lost)));
  for (;;) {
    const taken = (await redis.lpop(`${base}notes`, AT_ONCE)) ?? [];
    const notes = taken.flatMap(readNote);
    for (const { queueId, act, at, peer } of notes) {
      const isLate = now() - at >= LATE_MS;
      log(operatorAct({ queueId, act, at, isLate, ...(peer !== undefined && { peer }) }));
    }
    if (notes.length < taken.length) log(notesLost(taken.length - notes.length));
    if (taken.length < AT_ONCE) return;
  }
}

/** Empty for what no relay has written: the others are logged all the same. */
function readNote(text: string): readonly Note[] {
  try {
    const note = JSON.parse(text) as Note | null;
    return typeof note === 'object' && note !== null ? [note] : [];
  } catch {
    return [];
  }
}

/**
 * Resolves when relays have logged most of what was done, or after a while: many acts at once are to be logged all, and
 * are not to keep a relay from its work.
 *
 * @param wait resolves after ms
 */
export async function untilNoted(
  redis: Redis,
  base: string,
  wait: (ms: number) => Promise<unknown>,
): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    if ((await redis.llen(`${base}notes`)) < MOST_WAITING) return;
    // Without a relay nobody writes them, and the last are kept.
    const [, listeners] = await redis.pubsub('NUMSUB', `${base}noted`);
    if (Number(listeners) === 0) return;
    await wait(LOOK_MS);
  }
}
