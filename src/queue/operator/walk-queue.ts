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
const TOGETHER = 50;
/** A rest after each step, so that a long queue is walked through in seconds and nobody waits for it. */
const REST_MS = 25;

/**
 * Tells of all that waits, once for each destination of a message. It reads no message: the states are in the scores, and
 * the ages in the ids. What moves meanwhile may be told twice or not at all. Rejects when aborted, or while Redis is away.
 */
export async function walkQueue(tell: Tell, ports: WalkPorts): Promise<void> {
  const { redis, base, store, signal } = ports;
  const destinations = await store.destinations();
  for (let start = 0; start < destinations.length; start += TOGETHER) {
    const some = destinations.slice(start, start + TOGETHER);
    const firsts = await Promise.all(
      some.map((destination) =>
        redis.zrange(`${base}d:${destination}`, '0', String(FIRST - 1), 'WITHSCORES'),
      ),
    );
    for (const [place, page] of firsts.entries()) {
      const destination = some[place] ?? '';
      tellPage(page, destination, tell, ports);
      if (page.length === FIRST * 2) await walkOn(destination, tell, ports);
    }
    await sleep(REST_MS, undefined, { signal });
  }
}

async function walkOn(destination: string, tell: Tell, ports: WalkPorts): Promise<void> {
  const { redis, base, signal } = ports;
  for (let start = FIRST; ; start += PAGE) {
    await sleep(REST_MS, undefined, { signal });
    const end = String(start + PAGE - 1);
    const page = await redis.zrange(`${base}d:${destination}`, String(start), end, 'WITHSCORES');
    tellPage(page, destination, tell, ports);
    if (page.length < PAGE * 2) return;
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
