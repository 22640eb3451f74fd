import { afterCheck, type CheckedNow, type KnownHealth } from '../core/check/known-health.ts';
import { stackOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import { joinLines } from '../core/mail/printable.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import { healthBug, healthFound, healthOver } from './log-lines.ts';

/** What the relays of a queue know together of the destinations that they mail. Calls may reject. Times are epoch ms. */
export interface HealthStore {
  /** Mail has gone there with DANE. */
  mailed(destination: string, at: number): Promise<void>;
  /** One that was not checked for so long. It is given to one relay, and to another if that says nothing of it. */
  takeDue(now: number, intervalMs: number): Promise<TakenDestination | undefined>;
  /** What a check has found; false if the destination is not mailed any more. */
  put(health: KnownHealth, at: number): Promise<boolean>;
  /** It is not checked any more, and nothing is known of it. */
  forget(destination: string): Promise<void>;
}

export interface TakenDestination {
  readonly destination: string;
  /** Absent: it was not checked yet. */
  readonly health?: KnownHealth;
}

export interface HealthPorts {
  readonly store: HealthStore;
  /** Asks its hosts as far as EHLO within TLS, and no further. Undefined: the destination cannot be read. */
  readonly check: (destination: string, signal: AbortSignal) => Promise<CheckedNow | undefined>;
  /** Whether what a check says now is worth anything: the resolver validates, Redis keeps what it is given. */
  readonly mayCheck: () => boolean;
  /** Whether the operator wants this one to be asked. */
  readonly isWanted: (destination: string) => boolean;
  /** How long a destination is left alone after a check. */
  readonly intervalMs: number;
  /** A certificate that expires in this time is told. */
  readonly expiryMs: number;
  readonly log: Log;
  /** Is told what came of each check, and whether something is new. */
  readonly checked?: (health: KnownHealth, isNews: boolean) => void;
  readonly now: () => number;
}

/** Checks the destinations that are really mailed, before mail waits. */
export interface HealthRounds {
  /** Mail goes there with DANE. Never throws, never waits. */
  mailed(destination: string): void;
  /** Checks one destination that is due; false if there was nothing to do. Never rejects. */
  look(signal: AbortSignal): Promise<boolean>;
}

/** That a destination is mailed is stored once in this time. */
const againMs = 3_600_000;
/** The one that was noted the longest ago goes first. */
const mostNotes = 10_000;

export function createHealthRounds(ports: HealthPorts): HealthRounds {
  const { store, check, mayCheck, isWanted, intervalMs, expiryMs, log, now } = ports;
  /** Destinations, and when it was stored that they are mailed; the oldest first. */
  const noted = new Map<string, number>();

  async function checkDue(signal: AbortSignal): Promise<boolean> {
    const taken = await store.takeDue(now(), intervalMs);
    if (taken === undefined) return false;
    const { destination, health: before } = taken;
    if (!isWanted(destination)) {
      await store.forget(destination);
      return true;
    }
    // A stop ends it here: another relay takes the destination after a while.
    if (signal.aborted) return false;
    const checked = await tryCheck(destination, signal);
    if (signal.aborted) return false;
    const at = now();
    if (checked === undefined) {
      // It comes again in its turn, not all the time.
      const trouble = { at, reason: 'it could not be checked' };
      await store.put({ findings: [], ...before, destination, trouble }, at);
      return true;
    }
    const { health, found, over } = afterCheck(destination, before, checked, { now: at, expiryMs });
    // What is not stored would be told again.
    if (!(await store.put(health, at))) return true;
    for (const one of found) log(healthFound(destination, one));
    for (const one of over) log(healthOver(destination, one));
    ports.checked?.(health, found.length + over.length > 0);
    return true;
  }

  async function tryCheck(destination: string, signal: AbortSignal): Promise<CheckedNow | undefined> {
    try {
      return await check(destination, signal);
    } catch (error) {
      if (!signal.aborted) log(healthBug(joinLines(stackOf(error), ' | ')));
      return undefined;
    }
  }

  /** The queue watches Redis and tells its trouble. */
  function tellBug(error: unknown): void {
    if (!isQueueTrouble(error)) log(healthBug(joinLines(stackOf(error), ' | ')));
  }

  return {
    mailed(destination) {
      if (!isWanted(destination)) return;
      const at = noted.get(destination);
      if (at !== undefined && now() - at < againMs && at <= now()) return;
      noted.delete(destination);
      for (const oldest of noted.keys()) {
        if (noted.size < mostNotes) break;
        noted.delete(oldest);
      }
      noted.set(destination, now());
      store.mailed(destination, now()).catch((error: unknown) => {
        noted.delete(destination);
        tellBug(error);
      });
    },
    async look(signal) {
      if (signal.aborted || !mayCheck()) return false;
      try {
        return await checkDue(signal);
      } catch (error) {
        if (!signal.aborted) tellBug(error);
        return false;
      }
    },
  };
}
