import { once, setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Maillog } from '../maillog/open-maillog.ts';
import { notStopped, stops } from './log-lines.ts';
import type { Parts } from './parts.ts';

/** How the relay ends. */
export interface Shutdown {
  /** Nothing new is begun any more. */
  readonly stopping: AbortSignal;
  /** Work under way is given up. */
  readonly giveUp: AbortSignal;
  /** Lets deliveries under way end, takes nothing new, and stops everything. */
  stop(): Promise<void>;
  /** Gives up at once what `stop` would let end. */
  stopNow(): void;
  /** Stops what a failed start has begun. */
  abandon(): Promise<void>;
}

/** Time that deliveries under way have to end when the relay is told to stop. */
const GRACE_MS = 20_000;
/** Time for everything else after they were given up. What still hangs then waits for something that is gone. */
const PUT_AWAY_MS = 10_000;

export function createShutdown(parts: Parts, maillog: Pick<Maillog, 'log' | 'end'>): Shutdown {
  const { log } = maillog;
  const stopping = new AbortController();
  const giveUp = new AbortController();
  // There are as many listeners as lookups and sessions under way, which is no leak.
  setMaxListeners(0, stopping.signal, giveUp.signal);
  const cannotStop = (name: string, error: unknown): void => log(notStopped(name, error));

  return {
    stopping: stopping.signal,
    giveUp: giveUp.signal,
    async stop() {
      log(stops(false));
      stopping.abort();
      const timer = setTimeout(() => giveUp.abort(), GRACE_MS);
      const stopped = await Promise.race([parts.stop(cannotStop).then(() => true), overdue(giveUp.signal)]);
      clearTimeout(timer);
      if (!stopped) {
        cannotStop('the relay', new Error(`something still hangs after ${PUT_AWAY_MS / 1000} s more`));
      }
      await maillog.end();
    },
    stopNow() {
      log(stops(true));
      giveUp.abort();
    },
    async abandon() {
      await parts.stop(cannotStop);
      await maillog.end();
    },
  };
}

/** Resolves to false when the time for stopping everything is over. */
async function overdue(givenUp: AbortSignal): Promise<false> {
  if (!givenUp.aborted) await once(givenUp, 'abort');
  return sleep(PUT_AWAY_MS, false, { ref: false });
}
