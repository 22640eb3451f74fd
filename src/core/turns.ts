/** Shares the turns of the event loop among jobs that a reply, or an alarm, wakes in the same one. */
export interface Turns {
  /** Undefined while this turn has time left; otherwise resolves in one that has. Those who waited go first, in order. */
  next(): Promise<void> | undefined;
}

export interface TurnPorts {
  /** Milliseconds, from anywhere, never set back. */
  readonly now: () => number;
  /** Calls back in the next turn, after what came in has been read. */
  readonly afterTurn: (callback: () => void) => void;
  /** Once so much time of a turn has gone, nothing more is begun in it. */
  readonly mostMs: number;
}

export function createTurns({ now, afterTurn, mostMs }: TurnPorts): Turns {
  let startedAt: number | undefined;
  const waiting: (() => void)[] = [];
  let isLettingOn = false;

  const hasTime = (): boolean => startedAt === undefined || now() - startedAt < mostMs;

  function begin(): void {
    if (startedAt !== undefined) return;
    startedAt = now();
    afterTurn(() => {
      startedAt = undefined;
      if (waiting.length > 0) void letOn();
    });
  }

  /** One after the other, each as far as its first pause: how long that takes nobody knows before. */
  async function letOn(): Promise<void> {
    if (isLettingOn) return;
    isLettingOn = true;
    begin();
    while (waiting.length > 0 && hasTime()) {
      waiting.shift()?.();
      // Its own work is in the queue of microtasks before this.
      await Promise.resolve();
      await Promise.resolve();
    }
    isLettingOn = false;
  }

  return {
    next() {
      begin();
      if (waiting.length === 0 && hasTime()) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
