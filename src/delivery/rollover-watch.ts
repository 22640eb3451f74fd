import type { Attempt } from '../core/delivery/attempt.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { stackOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import { joinLines } from '../core/mail/printable.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import {
  afterLook,
  afterMismatch,
  inDoubt,
  isWatched,
  recordsThatFailed,
  type RecordWatch,
  type Seen,
  type WatchRules,
} from '../core/rollover/watched-records.ts';
import { certificateChanged, recordsChanged, recordsWatched, watchBug, watchFull } from './log-lines.ts';

/** Where watches are stored. Calls may reject; then it is as if there were none. */
export interface WatchStore {
  all(): Promise<ReadonlyMap<string, number>>;
  read(destination: string): Promise<RecordWatch | undefined>;
  start(destination: string, watch: RecordWatch): Promise<boolean>;
  goOn(destination: string, watch: RecordWatch, before: RecordWatch): Promise<boolean>;
  takeDue(
    now: number,
    most: number,
  ): Promise<readonly { readonly destination: string; readonly watch: RecordWatch }[]>;
  end(destination: string): Promise<void>;
  bringForward(destination: string, signal: AbortSignal): Promise<number>;
}

export interface RolloverPorts {
  readonly store: WatchStore;
  /** Beside the cache, which learns the answer. */
  readonly lookup: Lookup;
  readonly rules: WatchRules;
  /** A success makes what waited for a destination due at most once in this time. */
  readonly restMs: number;
  readonly log: Log;
  readonly looked?: (seen: Seen) => void;
  readonly now: () => number;
  /** The relay stops: questions and what they lead to are given up. */
  readonly stopping: AbortSignal;
}

/** Follows the TLSA records of hosts whose certificates do not match them. */
export interface RolloverWatch {
  /** Mail waits after these attempts, because of the destination. */
  failed(destination: string, attempts: readonly Attempt[]): void;
  /** A host of the destination has taken mail, or could. */
  atWork(destination: string): void;
  /** Asks for the records that are due. Never rejects. */
  look(): Promise<void>;
}

/** Questions that one look asks: with a look every few seconds, that bounds what a resolver gets of them. */
const watchesAtOnce = 8;
/** Destinations that made mail due because of a success, as far as they are remembered. */
const mostRested = 1_000;

export function createRolloverWatch(ports: RolloverPorts): RolloverWatch {
  const { store, lookup, rules, restMs, log, now, stopping } = ports;
  /** Destinations with a watch: of all relays, as of the last look. */
  let known = new Set<string>();
  const starting = new Set<string>();
  const rested = new Map<string, number>();
  let toldFullAt = -Infinity;

  async function start(destination: string, attempts: readonly Attempt[]): Promise<void> {
    const failed = recordsThatFailed(attempts);
    if (failed.size === 0) return;
    const said = [destination, ...[...failed].map(([name, { digest }]) => `${name} ${digest}`)].join('\n');
    // Of messages that fail alike at the same time, one is enough.
    if (starting.has(said)) return;
    starting.add(said);
    try {
      await note(destination, failed);
    } finally {
      starting.delete(said);
    }
  }

  async function note(destination: string, failed: ReturnType<typeof recordsThatFailed>): Promise<void> {
    known.add(destination);
    const before = await store.read(destination);
    // What is stored counts, not what this process said last: another one may have seen a change that this one has not.
    if (before !== undefined && isWatched(failed, before)) return;
    const watch = afterMismatch(failed, before, now(), rules);
    if (await store.start(destination, watch)) {
      if (before === undefined) log(recordsWatched(destination, watch, now()));
      return;
    }
    known.delete(destination);
    if (now() < toldFullAt + fullEveryMs && now() >= toldFullAt) return;
    toldFullAt = now();
    log(watchFull(destination));
  }

  async function hasChanged(destination: string): Promise<void> {
    known.delete(destination);
    const before = rested.get(destination) ?? -Infinity;
    await store.end(destination);
    if (now() < before + restMs && now() >= before) return;
    rested.delete(destination);
    for (const [oldest] of rested) {
      if (rested.size < mostRested) break;
      rested.delete(oldest);
    }
    rested.set(destination, now());
    const count = await store.bringForward(destination, stopping);
    // After a change of the records the mail is under way already.
    if (count > 0) log(certificateChanged(destination, count));
  }

  async function lookAt(destination: string, watch: RecordWatch): Promise<void> {
    const answers = await Promise.all(watch.records.map(({ name }) => lookup(name, 'TLSA', stopping)));
    const { watch: next, seen } = afterLook(watch, answers, now(), rules);
    ports.looked?.(seen);
    if (seen !== 'changed' && seen !== 'withdrawn') {
      await store.goOn(destination, next, watch);
      return;
    }
    // A crash or a stop in between makes mail due twice rather than never. What fails in between has the last word.
    const between = inDoubt(next);
    if (!(await store.goOn(destination, between, watch))) return;
    const count = await store.bringForward(destination, stopping);
    log(recordsChanged(destination, watch, seen, count));
    await store.goOn(destination, next, between);
  }

  /** Redis is watched elsewhere, which tells its trouble; mail goes at its own time then. */
  function beside(work: Promise<void>): void {
    work.catch(tellBug);
  }

  function tellBug(error: unknown): void {
    if (!stopping.aborted && !isQueueTrouble(error)) log(watchBug(joinLines(stackOf(error), ' | ')));
  }

  return {
    failed: (destination, attempts) => beside(start(destination, attempts)),
    atWork(destination) {
      // A relay that stops leaves it to the next one that finds the destination at work.
      if (known.has(destination) && !stopping.aborted) beside(hasChanged(destination));
    },
    async look() {
      try {
        const due = await store.takeDue(now(), watchesAtOnce);
        await Promise.all(due.map(({ destination, watch }) => lookAt(destination, watch)));
        known = new Set((await store.all()).keys());
      } catch (error) {
        tellBug(error);
      }
    },
  };
}

const fullEveryMs = 3_600_000;
