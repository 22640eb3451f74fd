import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRedisProxy } from '../../support/redis-proxy.ts';
import { drainTo, fill, leftOver, look, prefix, storedAt, type Stored } from '../queue/drain-kit.ts';
import { queueFor } from '../queue/queue-kit.ts';
import { loadScripts, striker, type Boundary } from './strike.ts';

type Side = 'source' | 'target';

/** Where a drain is cut off: at a write to one side, before that Redis sees it, or before its answer is heard. */
export interface Cut {
  readonly side: Side;
  readonly at: Boundary;
  readonly when: 'before' | 'after';
  /** The drain dies there; or that Redis does, and comes back. */
  readonly victim: 'drain' | 'Redis';
}

export interface PlayedCut {
  /** False when all was over without coming to the point. */
  readonly struck: boolean;
  /** Writes of the first drain. */
  readonly boundaries: Readonly<Record<Side, readonly Boundary[]>>;
  /** What is wrong with it; nothing if every message was in one queue all the time, as it was. */
  readonly wrong: readonly string[];
}

const nowhere = '/nonexistent/redis.sock';

/** Every place where a drain of a queue with messages in all states may be cut off. Throws if even a calm one goes wrong. */
export async function allCuts(): Promise<readonly Cut[]> {
  const { boundaries, wrong } = await playCut(undefined);
  if (wrong.length > 0) throw new Error(`a drain without a cut: ${wrong.join('; ')}`);
  return (['source', 'target'] as const).flatMap((side) =>
    boundaries[side].flatMap((at) =>
      (['drain', 'Redis'] as const).flatMap((victim) =>
        (['before', 'after'] as const).map((when): Cut => ({ side, at, when, victim })),
      ),
    ),
  );
}

/** One drain that is cut off there, and another one after it. */
export async function playCut(cut: Cut | undefined): Promise<PlayedCut> {
  const things: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(thing: T): T => {
    things.push(thing);
    return thing;
  };
  const wrong: string[] = [];
  const check = (what: string, found: unknown, wanted: unknown): void => {
    if (!isDeepStrictEqual(found, wanted)) wrong.push(`${what}: ${shown(found)} instead of ${shown(wanted)}`);
  };
  try {
    const redis = { source: keep(await startPrivateRedis()), target: keep(await startPrivateRedis()) };
    const eyes = { source: look(redis.source.socketPath), target: look(redis.target.socketPath) };
    keep({ [Symbol.asyncDispose]: async () => Object.values(eyes).forEach((one) => one.disconnect()) });
    const filling = await queueFor(keep, redis.source.socketPath);
    await fill(filling, eyes.source);
    const before = await storedAt(eyes.source);
    for (const side of Object.values(redis)) await loadScripts(side.socketPath);

    let restarting = Promise.resolve();
    const kill = (): void => {
      if (cut?.victim === 'Redis') {
        process.kill(redis[cut.side].pid, 'SIGKILL');
        restarting = redis[cut.side].restart();
        return;
      }
      // Nothing more of this drain comes through to either side.
      for (const proxy of Object.values(proxies)) {
        proxy.leadTo(nowhere);
        proxy.cut();
      }
    };
    const strikeAt = (side: Side) =>
      striker(cut?.side === side ? { at: cut.at, when: cut.when, kill } : undefined);
    const blows = { source: strikeAt('source'), target: strikeAt('target') };
    const proxies = {
      source: keep(await startRedisProxy(redis.source.socketPath, blows.source)),
      target: keep(await startRedisProxy(redis.target.socketPath, blows.target)),
    };
    const first = await queueFor(keep, proxies.source.socketPath);
    for (const blow of Object.values(blows)) blow.arm();
    const wish = drainTo(proxies.target.socketPath, { patienceMs: cut?.victim === 'drain' ? 1 : 20_000 });
    const result = await first.drain(wish).then(
      ({ moved, waiting, away }) => ({ moved, waiting, away }),
      (error: unknown) => String(error),
    );
    await restarting;
    const all = { moved: before.size, waiting: 0, away: 0 };
    if (cut?.victim !== 'drain') check('the drain', result, all);
    // Its right to the queue runs out after a while.
    else await eyes.source.del(`{${prefix}}:drain`);
    check('after the cut', await owned(eyes), before);

    const second = await queueFor(keep, redis.source.socketPath);
    const { stayed, waiting, away, trouble } = await second.drain(drainTo(redis.target.socketPath));
    check(
      'the next drain',
      { stayed, waiting, away, trouble },
      { stayed: {}, waiting: 0, away: 0, trouble: undefined },
    );
    check('the target', await storedAt(eyes.target), before);
    check('the source', await storedAt(eyes.source), new Map());
    check('left at the source', await leftOver(eyes.source), []);
    // Of content that was written ahead the sweeper takes care.
    const left = (await leftOver(eyes.target)).filter((key) => !/:(?:incoming|b:.*)$/.test(key));
    check('left at the target', left, []);
    return {
      struck: blows.source.struck || blows.target.struck,
      boundaries: { source: blows.source.boundaries, target: blows.target.boundaries },
      wrong,
    };
  } finally {
    for (const thing of things.toReversed()) await thing[Symbol.asyncDispose]();
  }
}

/**
 * What there is, wherever it is: what waits at the target belongs to it, and what is away belongs to the source as long as
 * it has not come to the target. Throws if one waits at both sides.
 */
async function owned(eyes: Readonly<Record<Side, Redis>>): Promise<Stored> {
  const [here, there] = [await storedAt(eyes.source), await storedAt(eyes.target)];
  for (const queueId of here.keys())
    if (there.has(queueId)) throw new Error(`${queueId} waits at both sides`);
  const all = new Map([...here, ...there]);
  for (const [queueId, one] of await storedAt(eyes.source, 'away'))
    if (!all.has(queueId)) all.set(queueId, one);
  return all;
}

function shown(value: unknown): string {
  return JSON.stringify(value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value);
}
