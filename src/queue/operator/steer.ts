import { decodeRecord, destinationsOf, UnreadableRecord } from '../forms/record.ts';
import type { Note } from '../scripts/note.ts';
import type { Steered, Steering } from '../scripts/steering.ts';
import type { SteerPorts } from './steer-ports.ts';
import { releaseDoubtful, type ReleaseCount } from './release-doubtful.ts';

/** What an operator may do to a message. */
export const acts = ['hold', 'release', 'retry', 'requeue', 'expire', 'delete'] as const;
export type Act = (typeof acts)[number];

/** What became of it. Each step is atomic, and may be repeated after one that was interrupted. */
export interface Acted {
  readonly queueId: string;
  readonly act: Act;
  /**
   * `nothing`: it was so before, or there is nothing to do. `unknown`: no message has this ID. `changed meanwhile`: other
   * deliveries of the message are moving its recipients; nothing was done, and it may be tried again. `unreadable`: only
   * a newer relay knows where it waits, and nothing was done.
   */
  readonly result: Steered['result'] | 'unreadable';
  /** Deliveries under way, which go on. For `delete`: that may have come to the final dot. */
  readonly underWay: number;
  /** Destinations at which it is held. */
  readonly held: number;
}

/** If recipients are moved between two looks at a message, it is read again. */
const TRIES = 5;

const notes: Readonly<Record<Act, Note['act']>> = {
  hold: 'placed on hold',
  release: 'released',
  retry: 'retried',
  requeue: 'requeued',
  expire: 'force expired',
  delete: 'deleted',
};

/** Does it to one message. Throws QueueError. */
export async function steer(act: Act, queueId: string, ports: SteerPorts): Promise<Acted> {
  try {
    const { result, underWay, held } =
      act === 'release' ? await release(queueId, ports) : await apply(act, queueId, ports);
    return { queueId, act, result, underWay, held };
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    return { queueId, act, result: 'unreadable', underWay: 0, held: 0 };
  }
}

type Outcome = Omit<Steered, 'wakeups'>;

/** Ends a hold of the operator, and releases recipients in doubt: afterwards nothing of the message is held. */
async function release(queueId: string, ports: SteerPorts): Promise<Outcome> {
  const ended = await apply('release', queueId, ports);
  if (ended.result === 'unknown' || ended.result === 'changed meanwhile') return ended;
  const doubtful: ReleaseCount = await releaseDoubtful(queueId, ports);
  if (doubtful.released > 0 && ended.result !== 'done')
    await ports.store.note({ queueId, act: notes.release, at: ports.now() });
  const result = doubtful.released > 0 ? 'done' : ended.result;
  return { result, underWay: ended.underWay, held: doubtful.busy };
}

async function apply(act: Act, queueId: string, ports: SteerPorts): Promise<Outcome> {
  const unknown: Outcome = { result: 'unknown', underWay: 0, held: 0 };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await placesOf(queueId, ports);
    if (found === undefined) return unknown;
    const now = ports.now();
    const note: Note = { queueId, act: notes[act], at: now };
    const steered = await carryOut(act, { queueId, note, ...found }, now, ports);
    await ports.alarms.wake(steered.wakeups);
    if (steered.result !== 'changed meanwhile') return steered;
  }
  return { result: 'changed meanwhile', underWay: 0, held: 0 };
}

function carryOut(act: Act, what: Steering, now: number, { store }: SteerPorts): Promise<Steered> {
  switch (act) {
    case 'hold':
      return store.hold({ ...what, now, again: false });
    case 'release':
      return store.endHold({ ...what, now, always: false });
    case 'requeue':
      return store.endHold({ ...what, now, always: true });
    case 'retry':
      return store.retry({ ...what, now });
    case 'expire':
      return store.expire({ ...what, now });
    case 'delete':
      return store.forget(what);
  }
}

/** Where a message may wait, and when its recipients were moved last; undefined if it is gone. */
export async function placesOf(
  queueId: string,
  { redis, base }: Pick<SteerPorts, 'redis' | 'base'>,
): Promise<Pick<Steering, 'destinations' | 'moved'> | undefined> {
  const key = `${base}m:${queueId}`;
  const [[record, moved], names] = await Promise.all([redis.hmget(key, 'record', 'moved'), redis.hkeys(key)]);
  if (record === null || record === undefined) return undefined;
  return { moved: moved ?? '', destinations: destinationsOf(decodeRecord(record).routing, names) };
}
