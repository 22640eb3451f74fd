/** A run that took or settled nothing for so many looks keeps nobody from anything: it waits for a remote host, or for mail. */
const QUIET_LOOKS = 5;

/** The place of one run. */
export interface Place {
  /** Something was done for the destination. */
  touch(): void;
  leave(): void;
}

export interface PlaceLimits {
  /** Places at which something happens. */
  readonly busy: number;
  /** All of them. */
  readonly all: number;
}

/**
 * How many destinations are served at the same time. Only those count as busy at which something happens: hosts that take
 * a connection and then say nothing for minutes keep no mail for others waiting, as long as they are not too many.
 */
export interface Places {
  /** How many may enter now. */
  room(): number;
  /** Resolves when there may be more room, or after `close`. */
  whenRoom(): Promise<void>;
  enter(): Place;
  /**
   * Looks who is quiet. To be called from time to time: time is counted in looks, for while this process does not get to
   * look, its runs do not get to do anything either.
   */
  look(): void;
  /** Nobody waits for room any more. */
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
