import type { Config } from '../config/config.ts';
import type { Log } from '../core/log/log-event.ts';
import { judge } from '../core/tls-policy/judge.ts';
import { addedUp, createWhatIfTally, inParts, noCounts } from '../core/what-if/counted.ts';
import { createWhatIf, type TellWhatIf } from '../delivery/what-if.ts';
import type { WhatIfStore } from '../queue/open-queue.ts';
import type { Meters } from '../status/meters.ts';

export interface WhatIfParts {
  readonly config: Pick<Config, 'tls'>;
  readonly store: WhatIfStore;
  readonly log: Log;
  readonly meters: Pick<Meters, 'triedOut'>;
}

export interface KeptWhatIf {
  readonly tell: TellWhatIf;
  /** Stores what was counted. Never rejects. */
  stop(): Promise<void>;
}

/** So much is lost of what was counted if the process is killed. */
const storeMs = 1_000;

/** Tries policies out, and stores what was counted beside the mail, for all relays of the queue. */
export function keepWhatIf({ config, store, log, meters }: WhatIfParts): KeptWhatIf {
  const tally = createWhatIfTally();
  const keptMs = config.tls.whatIfKeepMs;
  let storing = Promise.resolve();
  let isStoring = false;
  const stopping = new AbortController();

  async function put(): Promise<void> {
    for (const [day, counts] of tally.take()) {
      const parts = inParts(counts);
      let stored = 0;
      try {
        for (; stored < parts.length; stored += 1) await store.add(day, parts[stored] ?? noCounts, keptMs);
      } catch {
        // The queue watches Redis and tells its trouble. What was stored of this part is counted twice then.
        tally.putBack(new Map([[day, addedUp(parts.slice(stored))]]));
      }
    }
  }

  // While Redis is away one attempt waits, and what is counted stays in the tally, which has its bounds.
  const timer = setInterval(() => {
    if (isStoring) return;
    isStoring = true;
    storing = put().finally(() => {
      isStoring = false;
    });
  }, storeMs);
  return {
    tell: createWhatIf({
      judge: (chain, policy) => judge(chain, policy, Date.now()),
      tally,
      count: (verdict) => meters.triedOut(verdict),
      log,
      now: Date.now,
      afterTurn: (callback) => void setImmediate(callback),
      stopped: stopping.signal,
    }),
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await (storing = storing.then(put));
    },
  };
}
