import type { Progress } from '../../core/delivery/outcome.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { HELD } from '../forms/keys.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { decodeProgress, encodeProgress, type Routing } from '../forms/record.ts';
import type { MoveTarget } from '../scripts/move.ts';

export interface MovePorts {
  readonly store: Pick<QueueStore, 'move' | 'progress' | 'waits'>;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly now: () => number;
  /** Token of the run that has claimed the message. */
  readonly token: string;
}

/** A claim as it is stored. */
export interface StoredClaim {
  readonly queueId: string;
  readonly destination: string;
  /** Indexes of the recipients that wait. */
  readonly waiting: readonly number[];
  /** As it was read; empty before the first attempt. */
  readonly progress: string;
  readonly routing: Routing;
}

/** If another delivery of the same message changes what was read, it is read again. */
const TRIES = 3;

/**
 * Moves recipients of a claimed message from its destination to others, in one atomic step: each belongs to exactly one
 * destination, whenever anything is killed. Resolves to the progress of what stays claimed, if anything does. If
 * nothing was moved, another destination is working on the same message, and this one must be looked at again.
 */
export async function moveRecipients(
  claim: StoredClaim,
  elsewhere: ReadonlyMap<string, readonly number[]>,
  ports: MovePorts,
): Promise<{ readonly moved: boolean; readonly stays?: string }> {
  const { store, alarms, now, token } = ports;
  const { queueId, destination, progress } = claim;
  const moved = new Set([...elsewhere.values()].flat());
  const staying = claim.waiting.filter((index) => !moved.has(index));
  const before = progressOf(claim, now());
  const nothing = staying.length === 0 && before.held === undefined;
  const stays = nothing ? undefined : encodeProgress({ ...before, left: staying });
  // Only recipients that wait for the operator are left.
  const score = staying.length === 0 && !nothing ? HELD : undefined;

  for (let tries = 0; tries < TRIES; tries += 1) {
    const targets = await Promise.all(
      [...elsewhere].map(([target, indexes]) => targetOf(claim, target, indexes, ports)),
    );
    const { result, wakeups } = await store.move({
      destination,
      token,
      queueId,
      now: now(),
      progress,
      stays,
      score,
      targets,
    });
    void alarms.wake(wakeups);
    if (result === 'done')
      return staying.length === 0 || stays === undefined ? { moved: true } : { moved: true, stays };
    if (result !== 'changed meanwhile') break;
  }
  return { moved: false };
}

async function targetOf(
  claim: StoredClaim,
  target: string,
  indexes: readonly number[],
  { store, now }: MovePorts,
): Promise<MoveTarget> {
  const [[before = ''], waits] = await Promise.all([
    store.progress(claim.queueId, [target]),
    store.waits(claim.queueId, target),
  ]);
  const there = before === '' ? undefined : decodeProgress(before);
  const others = waits ? (there?.left ?? claim.routing.get(target) ?? []) : [];
  const left = [...new Set([...others, ...indexes])].toSorted((a, b) => a - b);
  const { held: _, ...here } = progressOf(claim, now());
  const after = encodeProgress({ ...(there ?? here), left });
  return { destination: target, before, waits, after };
}

function progressOf({ progress, waiting }: StoredClaim, now: number): Progress {
  return progress === '' ? { left: waiting, attempts: 0, nextAt: now } : decodeProgress(progress);
}
