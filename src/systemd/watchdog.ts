import type { Supervisor } from './notify.ts';

/** A part of the relay that shows that it works. */
export interface Sign {
  /** In words for the operator. */
  readonly of: string;
  /** Settles once the part has done something. That it failed at it is a sign of life too. */
  readonly seen: () => Promise<unknown>;
}

export interface Watchdog {
  /** Looks for signs of life. To be called again and again, several times in the time of the watchdog. */
  look(): void;
}

/**
 * Tells the watchdog of systemd that the relay lives, each time when all parts have given a sign. Without one for half of
 * its time `late` is told which ones are missing: the next thing that happens is the end of this process.
 */
export function createWatchdog(
  supervisor: Pick<Supervisor, 'tell' | 'watchdogMs'>,
  signs: readonly Sign[],
  late: (missing: readonly string[], waitedMs: number) => void,
  now: () => number,
): Watchdog {
  const { watchdogMs = Infinity } = supervisor;
  const missing = new Set<string>();
  let since = now();
  let isTold = false;

  function alive(sign: string): void {
    missing.delete(sign);
    if (missing.size === 0) supervisor.tell('WATCHDOG=1');
  }

  return {
    look() {
      const waitedMs = now() - since;
      if (missing.size > 0) {
        if (!isTold && waitedMs >= watchdogMs / 2) late([...missing], waitedMs);
        isTold ||= waitedMs >= watchdogMs / 2;
        return;
      }
      since = now();
      isTold = false;
      for (const { of } of signs) missing.add(of);
      for (const { of, seen } of signs) {
        const done = (): void => alive(of);
        seen().then(done, done);
      }
    },
  };
}
