import type { Lookup } from '../core/dns/answer.ts';

/** A gate that lookups pass, and at which they wait while the resolver is being replaced. */
export interface Gate {
  /** The lookup, which waits while the gate is shut. */
  readonly guard: (lookup: Lookup) => Lookup;
  /**
   * Shuts, lets what has passed come to its end, works and opens again, whatever comes of the work. Neither part lasts
   * longer than the limit: a lookup that failed is better than one that never was.
   */
  readonly during: (work: () => Promise<void>) => Promise<void>;
}

export function createGate(limitMs: number): Gate {
  const door: { shut?: Promise<void> | undefined } = {};
  let passed = 0;
  const atRest = new Set<() => void>();

  function leave(): void {
    passed -= 1;
    if (passed > 0) return;
    for (const tell of atRest) tell();
    atRest.clear();
  }

  return {
    guard: (lookup) => async (name, type, signal) => {
      while (door.shut !== undefined) await orAborted(door.shut, signal);
      passed += 1;
      try {
        return await lookup(name, type, signal);
      } finally {
        leave();
      }
    },
    during: async (work) => {
      while (door.shut !== undefined) await door.shut;
      let open = (): void => {};
      door.shut = new Promise<void>((resolve) => (open = resolve));
      if (passed > 0) await within(limitMs, new Promise<void>((resolve) => atRest.add(resolve)));
      const working = work();
      try {
        await within(limitMs, working);
      } finally {
        door.shut = undefined;
        open();
      }
      await working;
    },
  };
}

/** Resolves when the promise does, or when the time is up. */
async function within(limitMs: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws the reason of the signal */
async function orAborted(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  await Promise.race([promise, aborted]);
  signal?.removeEventListener('abort', onAbort);
  signal?.throwIfAborted();
}
