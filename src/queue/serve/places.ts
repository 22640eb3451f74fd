/** A run that has taken or settled nothing for this many looks is quiet: it waits for a remote host, or for mail. */
const QUIET_LOOKS = 5;

/** The place of one run. */
export interface Place {
  /** Notes that something was done for the destination. */
  touch(): void;
  leave(): void;
}

export interface PlaceLimits {
  /** Number of busy places. */
  readonly busy: number;
  /** Number of all places. */
  readonly all: number;
}

/**
 * Limits how many destinations are served at the same time. A destination is busy only while something happens there:
 * hosts that accept a connection and then stay silent for minutes do not delay mail for others, as long as they are not
 * too many.
 */
export interface Places {
  /** Number of runs that may enter now. */
  room(): number;
  /** Resolves when there may be more places, or after `close`. */
  whenRoom(): Promise<void>;
  enter(): Place;
  /**
   * Finds out which places are quiet; call it periodically. Time is counted in looks, because while this process cannot
   * look, its runs cannot act either.
   */
  look(): void;
  /** Ends all waiting for room. */
  close(): void;
}

export function createPlaces({ busy, all }: PlaceLimits): Places {
  const taken = new Set<{ touchedAt: number }>();
  let waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  let looks = 0;
  let isClosed = false;

  function room(): number {
    let count = 0;
    for (const { touchedAt } of taken) if (looks - touchedAt < QUIET_LOOKS) count += 1;
    return Math.min(busy - count, all - taken.size);
  }

  function tell(): void {
    if (waiting === undefined || (!isClosed && room() <= 0)) return;
    waiting.resolve();
    waiting = undefined;
  }

  return {
    room,
    whenRoom() {
      if (isClosed) return Promise.resolve();
      if (waiting === undefined) {
        let resolve = (): void => {};
        const promise = new Promise<void>((done) => (resolve = done));
        waiting = { promise, resolve };
      }
      return waiting.promise;
    },
    enter() {
      const own = { touchedAt: looks };
      taken.add(own);
      return {
        touch: () => void (own.touchedAt = looks),
        leave() {
          taken.delete(own);
          tell();
        },
      };
    },
    look() {
      looks += 1;
      tell();
    },
    close() {
      isClosed = true;
      tell();
    },
  };
}
