import type { ReplicaCheck } from '../redis/replicas.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { IntentAnswer, IntentRequest } from '../scripts/record-intent.ts';

/**
 * Stores which final dots are about to be sent. Requests of the same time go to Redis in one command, and reach the
 * disk with one fsync.
 *
 * @param replicas of the connection of the store: what they do not have counts for nothing, so that a master that was
 * replaced, and does not know it yet, grants no dot, and one that takes over knows of all that may have been sent
 */
export function openIntentLog(
  store: Pick<QueueStore, 'recordIntent'>,
  leaseMs: number,
  replicas?: Pick<ReplicaCheck, 'written'>,
): (request: IntentRequest) => Promise<IntentAnswer> {
  interface Waiting extends IntentRequest {
    readonly resolve: (answer: IntentAnswer) => void;
    readonly reject: (error: unknown) => void;
  }
  let page: Waiting[] = [];

  async function write(): Promise<void> {
    const requests = page;
    page = [];
    try {
      const answers = await store.recordIntent({ leaseMs, requests });
      await replicas?.written();
      for (const [place, { resolve }] of requests.entries()) resolve(answers[place] ?? 'refused');
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }

  return (request) =>
    new Promise((resolve, reject) => {
      if (page.length === 0) setImmediate(() => void write());
      page.push({ ...request, resolve, reject });
    });
}
