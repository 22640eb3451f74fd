import { whenAborted } from '../core/when-aborted.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';

export interface FairOptions {
  readonly lookup: Lookup;
  /** Lookups under way at the same time. */
  readonly atOnce: number;
}

/** Limits how many lookups run at the same time, and shares them out among the askers. */
export interface FairLookups {
  /** A queue of its own for one asker: a next hop whose hosts are looked up. */
  asker(): Lookup;
  /** Lookups that wait for their turn. */
  waiting(): number;
}

/**
 * Questions of one asker that come before the later questions of others: MX, then two address families and the TLSA
 * records of five hosts.
 */
const fewQuestions = 16;

/**
 * A resolver takes a limited number of queries at a time and drops the rest, whoever asked. Names cost nothing, and a
 * name server that takes seconds for each answer costs little: the owner of thousands of domains with a hundred hosts
 * each could use up all that the resolver takes, and other mail would wait. So the first question of each asker goes
 * before the second questions of all others, and askers with many questions get half of the places.
 */
export function shareLookups({ lookup, atOnce }: FairOptions): FairLookups {
  const last = fewQuestions;
  const mostOfLast = Math.max(1, Math.floor(atOnce / 2));
  /** Indexed by the number of earlier questions of the asker; the last list is for all who had many. */
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
