/** Looks for conditions that nobody announces. One timer serves all who wait, and there is none while nobody does. */
export interface Pulse {
  /** `met` resolves once the condition holds, unless `end` is called before. */
  until(condition: () => boolean): { readonly met: Promise<void>; end(): void };
}

export function createPulse(periodMs: number): Pulse {
  const waiting = new Map<() => boolean, () => void>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    for (const [condition, resolve] of waiting) {
      if (!condition()) continue;
      resolve();
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
      const met = new Promise<void>((resolve) => waiting.set(own, resolve));
      timer ??= setInterval(look, periodMs);
      return { met, end: () => leave(own) };
    },
  };
}
