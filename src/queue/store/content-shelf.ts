/** Octets on a shelf, and of the content of one message that is put there. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_OF_ONE = 256 * 1024;
/** What the notes about a message take beside its content, and those about each of its destinations. */
const MESSAGE_BYTES = 1024;
const DESTINATION_BYTES = 256;
/** A destination whose mail also comes by other ways is not shelved for this time. */
const PAUSE_MS = 1_000;

/**
 * Content of messages that this process has just accepted, for their first attempt: what is stored need not be read back
 * then. It is a copy of what Redis has, and may be dropped at any time.
 */
export interface ContentShelf {
  /** @param at when the message falls due, epoch ms: no earlier than those that were kept before */
  keep(queueId: string, destinations: readonly string[], at: number, pieces: readonly Buffer[]): void;
  /** When the oldest message for this destination that is here fell due; Infinity if none is. */
  oldest(destination: string): number;
  /** The content; undefined if it is not here. */
  content(queueId: string): readonly Buffer[] | undefined;
  /** A message for this destination that should have been here was not. */
  missed(destination: string): void;
  /** Destinations that are left alone, as far as they are remembered. */
  paused(): number;
  /** The message needs its content no more at this destination, or not soon. */
  done(queueId: string, destination: string): void;
}

interface Kept {
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
  readonly destinations: Set<string>;
}

/** @param now epoch ms */
export function createContentShelf(now: () => number): ContentShelf {
  /** Oldest first. */
  const kept = new Map<string, Kept>();
  /** Destination -> id -> when it fell due, oldest first. */
  const waiting = new Map<string, Map<string, number>>();
  const pausedUntil = new Map<string, number>();
  let bytes = 0;

  function drop(queueId: string): void {
    const entry = kept.get(queueId);
    if (entry === undefined) return;
    for (const destination of entry.destinations) leave(queueId, destination);
    kept.delete(queueId);
    bytes -= entry.bytes;
  }

  function leave(queueId: string, destination: string): void {
    const ids = waiting.get(destination);
    ids?.delete(queueId);
    if (ids?.size === 0) waiting.delete(destination);
  }

  function done(queueId: string, destination: string): void {
    const entry = kept.get(queueId);
    if (entry?.destinations.delete(destination) !== true) return;
    leave(queueId, destination);
    if (entry.destinations.size === 0) drop(queueId);
  }

  function isPaused(destination: string): boolean {
    const until = pausedUntil.get(destination);
    if (until === undefined) return false;
    if (now() < until) return true;
    pausedUntil.delete(destination);
    return false;
  }

  return {
    keep(queueId, destinations, at, pieces) {
      const size = pieces.reduce((sum, { length }) => sum + length, 0);
      const wanted = destinations.filter((destination) => !isPaused(destination));
      if (size > MOST_OF_ONE || wanted.length === 0) return;
      const whole = size + MESSAGE_BYTES + wanted.length * DESTINATION_BYTES;
      kept.set(queueId, { pieces, bytes: whole, destinations: new Set(wanted) });
      bytes += whole;
      for (const destination of wanted) {
        const ids = waiting.get(destination) ?? new Map<string, number>();
        waiting.set(destination, ids.set(queueId, at));
      }
      for (const oldest of kept.keys()) {
        if (bytes <= MOST_BYTES) break;
        drop(oldest);
      }
    },
    oldest(destination) {
      const [first] = waiting.get(destination)?.values() ?? [];
      return first ?? Infinity;
    },
    content: (queueId) => kept.get(queueId)?.pieces,
    missed(destination) {
      for (const queueId of waiting.get(destination)?.keys() ?? []) done(queueId, destination);
      pausedUntil.delete(destination);
      pausedUntil.set(destination, now() + PAUSE_MS);
      // Those of whom nobody asks again go as well, oldest first.
      for (const one of pausedUntil.keys()) if (isPaused(one)) break;
    },
    paused: () => pausedUntil.size,
    done,
  };
}
