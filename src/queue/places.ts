/** A run that took or settled nothing for so long keeps nobody from anything: it waits for a remote host, or for mail. */
const QUIET_MS = 500;

/** The place of one run. */
export interface Place {
  /** Something was done for the destination. */
  touch(): void;
  leave(): void;
}

/**
 * How many destinations are served at the same time. Only those count at which something happens: hosts that take a
 * connection and then say nothing for minutes, however many they are, keep no mail for others waiting.
 */
export interface Places {
  /** Resolves when there is a place; undefined once `close` was called. */
  enter(): Promise<Place | undefined>;
  /** Lets in who waits, as far as there is room now. To be called from time to time. */
  admit(): void;
  /** Nobody is let in any more. */
  close(): void;
}

/** `busy` counts the places at which something happens; all others are free. */
export function createPlaces(busy: number, now: () => number): Places {
  const taken = new Set<{ touchedAt: number }>();
  let waiting: ((place: Place | undefined) => void)[] = [];
  let isClosed = false;

  function room(): number {
    const since = now() - QUIET_MS;
    let count = 0;
    for (const { touchedAt } of taken) if (touchedAt > since) count += 1;
    return busy - count;
  }

  function place(): Place {
    const own = { touchedAt: now() };
    taken.add(own);
    return {
      touch: () => void (own.touchedAt = now()),
      leave() {
        taken.delete(own);
        admit();
      },
    };
  }

  function admit(): void {
    if (waiting.length === 0) return;
    for (const enter of waiting.splice(0, Math.max(0, room()))) enter(place());
  }

  return {
    admit,
    enter() {
      if (isClosed) return Promise.resolve(undefined);
      if (waiting.length === 0 && room() > 0) return Promise.resolve(place());
      return new Promise((resolve) => waiting.push(resolve));
    },
    close() {
      isClosed = true;
      for (const enter of waiting) enter(undefined);
      waiting = [];
    },
  };
}
