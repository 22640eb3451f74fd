import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import type { Note } from '../scripts/note.ts';

/** A line that comes later says when. */
const LATE_MS = 60_000;
const AT_ONCE = 100;

/** As postsuper(1) logs it. */
const texts: Readonly<Partial<Record<string, string>>> = {
  deleted: 'removed',
  released: 'released from hold',
};

/** Logs what the operator did since, each note by one of the relays of this queue. */
export async function logNotes(redis: Redis, base: string, now: () => number, log: Log): Promise<void> {
  for (;;) {
    const taken = (await redis.lpop(`${base}notes`, AT_ONCE)) ?? [];
    for (const text of taken) {
      const { queueId, act, at } = JSON.parse(text) as Note;
      const late = now() - at < LATE_MS ? '' : `, at ${new Date(at).toISOString()}`;
      log({
        component: 'postsuper',
        severity: 'info',
        event: act,
        text: `${queueId}: ${texts[act] ?? act}${late}`,
        fields: { queueId, at: new Date(at).toISOString() },
      });
    }
    if (taken.length < AT_ONCE) return;
  }
}
