/** Looks for conditions that nobody announces. One timer serves all who wait, and there is none while nobody does. */
export interface Pulse {
  /** `met` resolves once the condition holds, and rejects if it throws, unless `end` is called before. */
  until(condition: () => boolean): { readonly met: Promise<void>; end(): void };
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createPulse(periodMs: number): Pulse {
  const waiting = new Map<() => boolean, Waiting>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    for (const [condition, { resolve, reject }] of waiting) {
      try {
        if (!condition()) continue;
        resolve();
      } catch (error) {
        // It is the trouble of the one who waits for it: the others are looked after.
        reject(error);
      }
      leave(condition);
    }
  }

  function leave(condition: () => boolean): void {
    waiting.delete(condition);
    if (waiting.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    until(condition) {
      // The same one may be waited for twice.
      const own = (): boolean => condition();
      const met = new Promise<void>((resolve, reject) => waiting.set(own, { resolve, reject }));
      timer ??= setInterval(look, periodMs);
      return { met, end: () => leave(own) };
    },
  };
}
