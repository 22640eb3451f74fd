import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { madeAt } from '../../core/mail/queue-id.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** How a message waits at one of its destinations. `due`: it may be tried now, and perhaps never was. */
export type WaitingState = 'active' | 'due' | 'deferred' | 'held';

/** What is counted of each. `ageMs` is the time since the message was accepted. */
export type Tell = (destination: string, state: WaitingState, ageMs: number) => void;

export interface WalkPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'destinations'>;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Entries that are read with one command, and destinations that are asked for their first entries together. */
const PAGE = 500;
const FIRST = 10;
const TOGETHER = 40;
/** After so many entries there is a rest, and each command counts as much as some of them. */
const IN_A_ROW = 500;
const COMMAND = 10;
const REST_MS = 25;

/**
 * Tells of all that waits, once for each destination of a message. It reads no message: the states are in the scores, and
 * the ages in the ids. What moves meanwhile may be told twice or not at all. It rests between small steps, so that a long
 * queue is walked through in seconds and nobody waits for it. Rejects when aborted, or when Redis is away.
 */
export async function walkQueue(tell: Tell, ports: WalkPorts): Promise<void> {
  const { redis, base, store, signal } = ports;
  let sinceRest = 0;

  async function read(destination: string, start: number, count: number): Promise<readonly string[]> {
    const end = String(start + count - 1);
    const page = await redis.zrange(`${base}d:${destination}`, String(start), end, 'WITHSCORES');
    tellPage(page, destination, tell, ports);
    sinceRest += COMMAND + page.length / 2;
    return page;
  }

  async function rest(): Promise<void> {
    signal.throwIfAborted();
    if (sinceRest < IN_A_ROW) return;
    sinceRest = 0;
    await sleep(REST_MS, undefined, { signal });
  }

  const destinations = await store.destinations();
  for (let at = 0; at < destinations.length; at += TOGETHER) {
    const some = destinations.slice(at, at + TOGETHER);
    const firsts = await Promise.all(some.map((destination) => read(destination, 0, FIRST)));
    for (const [place, first] of firsts.entries()) {
      await rest();
      let isWhole = first.length < FIRST * 2;
      for (let start = FIRST; !isWhole; start += PAGE) {
        isWhole = (await read(some[place] ?? '', start, PAGE)).length < PAGE * 2;
        await rest();
      }
    }
  }
}

function tellPage(page: readonly string[], destination: string, tell: Tell, { now }: WalkPorts): void {
  const at = now();
  for (let place = 0; place < page.length; place += 2) {
    const due = Number(page[place + 1]);
    const state = due >= CLAIMED ? 'active' : due >= HELD ? 'held' : due <= at ? 'due' : 'deferred';
    tell(destination, state, Math.max(0, at - (madeAt(page[place] ?? '') ?? at)));
  }
}
