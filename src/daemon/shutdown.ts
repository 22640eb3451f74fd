import { once, setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Maillog } from '../maillog/open-maillog.ts';
import { notStopped, stops } from './log-lines.ts';
import type { Parts } from './parts.ts';

/** How the relay ends. */
export interface Shutdown {
  /** Nothing new is begun any more. */
  readonly stopping: AbortSignal;
  /** What is under way is given up. */
  readonly giveUp: AbortSignal;
  /** Lets deliveries under way come to their end, takes nothing new, puts everything away. */
  stop(): Promise<void>;
  /** Gives up at once what `stop` would let come to an end. */
  stopNow(): void;
  /** Puts away what a start that failed has begun. */
  abandon(): Promise<void>;
}

/** Deliveries under way when the relay is told to stop have this long to come to an end. */
const GRACE_MS = 20_000;
/** And the rest this long once they were given up: what hangs then, hangs on something that is gone. */
const PUT_AWAY_MS = 10_000;

export function createShutdown(parts: Parts, maillog: Pick<Maillog, 'log' | 'end'>): Shutdown {
  const { log } = maillog;
  const stopping = new AbortController();
  const giveUp = new AbortController();
  // As many listeners as there are lookups and sessions under way, which is no leak.
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

/** Resolves to false when everything should have been put away. */
async function overdue(givenUp: AbortSignal): Promise<false> {
  if (!givenUp.aborted) await once(givenUp, 'abort');
  return sleep(PUT_AWAY_MS, false, { ref: false });
}
