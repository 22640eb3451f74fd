import { whenAborted } from '../core/when-aborted.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';

export interface FairOptions {
  readonly lookup: Lookup;
  /** Lookups under way at the same time. */
  readonly atOnce: number;
}

/** Lookups of all who ask, so many at a time. */
export interface FairLookups {
  /** For one who has a few questions: a next hop whose hosts are to be found. */
  asker(): Lookup;
  /** Lookups that wait for their turn. */
  waiting(): number;
}

/**
 * So many questions of one asker come before the later ones of others: MX, then two families and the TLSA records of five
 * hosts.
 */
const fewQuestions = 16;

/**
 * A resolver takes so many queries at a time and drops others, whosever they are. Names cost nothing, and a name server
 * that takes seconds for each answer costs little: who has thousands of domains with a hundred hosts each could have all
 * that a resolver takes, and other mail would wait. So the first question of whoever asks goes before the second ones of
 * all others, and those who ask for much have half of the places.
 */
export function shareLookups({ lookup, atOnce }: FairOptions): FairLookups {
  const last = fewQuestions;
  const mostOfLast = Math.max(1, Math.floor(atOnce / 2));
  /** By how many questions the asker had before, those who had many all in the last. */
  const queues = Array.from({ length: last + 1 }, () => new Set<() => void>());
  const running = { all: 0, last: 0 };

  function hasRoom(rank: number): boolean {
    return running.all < atOnce && (rank < last || running.last < mostOfLast);
  }

  function begin(rank: number): void {
    running.all += 1;
    if (rank === last) running.last += 1;
  }

  function end(rank: number): void {
    running.all -= 1;
    if (rank === last) running.last -= 1;
    for (const [next, queue] of queues.entries()) {
      for (const enter of queue) {
        if (!hasRoom(next)) break;
        enter();
      }
    }
  }

  function turn(rank: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (hasRoom(rank) && queues.every((queue, at) => at > rank || queue.size === 0)) {
      begin(rank);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const queue = queues[rank];
      const stop =
        signal &&
        whenAborted(signal, () => {
          queue?.delete(enter);
          reject(signal.reason as Error);
        });
      function enter(): void {
        queue?.delete(enter);
        stop?.();
        begin(rank);
        resolve();
      }
      if (signal?.aborted !== true) queue?.add(enter);
    });
  }

  return {
    asker() {
      let asked = 0;
      return async <T extends RecordType>(
        name: string,
        type: T,
        signal?: AbortSignal,
      ): Promise<Answer<RecordOf[T]>> => {
        signal?.throwIfAborted();
        const rank = Math.min(asked, last);
        asked += 1;
        const waits = turn(rank, signal);
        if (waits !== undefined) await waits;
        try {
          return await lookup(name, type, signal);
        } finally {
          end(rank);
        }
      };
    },
    waiting: () => queues.reduce((sum, { size }) => sum + size, 0),
  };
}
