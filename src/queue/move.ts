import type { Redis } from 'ioredis';
import { ringsOf, type Alarms } from './alarms.ts';
import { HELD } from './keys.ts';
import { decodeProgress, encodeProgress, type Progress, type Routing } from './record.ts';
import { list, runScript } from './redis.ts';

export interface MovePorts {
  readonly redis: Redis;
  readonly base: string;
  readonly alarms: Alarms;
  readonly now: () => number;
  /** Of the run that has claimed the message. */
  readonly token: string;
}

/** A claim as the store has it. */
export interface StoredClaim {
  readonly queueId: string;
  readonly destination: string;
  /** Indexes of the recipients that wait. */
  readonly waiting: readonly number[];
  /** As it was read; empty before the first attempt. */
  readonly progress: string;
  readonly routing: Routing;
}

/** Another delivery of the same message may change what was read in between; then it is read again. */
const TRIES = 3;

/**
 * Takes recipients of a claimed message from its destination to others, in one atomic step: each is with exactly one of
 * them, whenever anything is killed. Resolves to the progress of what stays claimed, if anything does. Not moved: it must be
 * looked at again, because another destination is just working on the same message.
 */
export async function moveRecipients(
  claim: StoredClaim,
  elsewhere: ReadonlyMap<string, readonly number[]>,
  ports: MovePorts,
): Promise<{ readonly moved: boolean; readonly stays?: string }> {
  const { redis, base, alarms, now, token } = ports;
  const { queueId, destination, progress } = claim;
  const moved = new Set([...elsewhere.values()].flat());
  const staying = claim.waiting.filter((index) => !moved.has(index));
  const before = progressOf(claim, now());
  const nothing = staying.length === 0 && before.held === undefined;
  const stays = nothing ? '' : encodeProgress({ ...before, left: staying });
  // Only those wait who wait for the operator.
  const score = staying.length === 0 && !nothing ? HELD : '';

  for (let tries = 0; tries < TRIES; tries += 1) {
    const targets = await Promise.all(
      [...elsewhere].map(([target, indexes]) => targetOf(claim, target, indexes, ports)),
    );
    const raw = await runScript(redis, 'move', [
      base,
      destination,
      token,
      queueId,
      now(),
      progress,
      stays,
      score,
      ...targets.flat(),
    ]);
    const [result, rings] = list(raw);
    void alarms.ring(ringsOf(rings));
    if (result === 1) return staying.length === 0 ? { moved: true } : { moved: true, stays };
    // Done before, or not ours any more; or another destination is just working on the message.
    if (result === 0 || result === -1) break;
  }
  return { moved: false };
}

/** Name, progress as it is, whether the message waits there, progress as it is to be. */
async function targetOf(
  claim: StoredClaim,
  target: string,
  indexes: readonly number[],
  { redis, base, now }: MovePorts,
): Promise<readonly string[]> {
  const [before, score] = await Promise.all([
    redis.hget(`${base}m:${claim.queueId}`, `s:${target}`),
    redis.zscore(`${base}d:${target}`, claim.queueId),
  ]);
  const waits = score !== null && score !== undefined;
  const there = before === null ? undefined : decodeProgress(before);
  const others = waits ? (there?.left ?? claim.routing.get(target) ?? []) : [];
  const left = [...new Set([...others, ...indexes])].toSorted((a, b) => a - b);
  const { held: _, ...here } = progressOf(claim, now());
  const after = encodeProgress({ ...(there ?? here), left });
  return [target, before ?? '', waits ? '1' : '0', after];
}

function progressOf({ progress, waiting }: StoredClaim, now: number): Progress {
  return progress === '' ? { left: waiting, attempts: 0, nextAt: now } : decodeProgress(progress);
}
