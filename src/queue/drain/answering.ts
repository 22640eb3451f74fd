import type { Redis } from 'ioredis';
import { QueueError } from '../redis/queue-error.ts';

const LOOK_MS = 1_000;

/** Whether the Redises of both queues are there. */
export interface Answering {
  /** One of them has not answered for too long: nothing more is asked of either. */
  readonly isOver: boolean;
  /** The same promise; it rejects with QueueError when it is over. */
  until<T>(promise: Promise<T>): Promise<T>;
  stop(): void;
}

/**
 * Asks both all the time. Their connections are patient, and would wait for ever for one that never comes back. What was
 * asked and not answered may have been done: the next drain finds out.
 */
export function watchAnswers(connections: readonly Redis[], patienceMs: number): Answering {
  const waiting = new Set<(error: QueueError) => void>();
  let answeredAt = performance.now();
  let asking = false;
  let isOver = false;

  function give(): QueueError {
    return new QueueError('QUEUE_UNAVAILABLE', 'Redis of one of the two queues does not answer');
  }
  const timer = setInterval(() => {
    if (!asking) {
      asking = true;
      Promise.all(connections.map((connection) => connection.ping()))
        .then(() => (answeredAt = performance.now()))
        .catch(() => {})
        .finally(() => (asking = false));
    }
    if (performance.now() - answeredAt < patienceMs) return;
    isOver = true;
    clearInterval(timer);
    for (const connection of connections) connection.disconnect();
    for (const reject of waiting) reject(give());
  }, LOOK_MS);

  return {
    get isOver() {
      return isOver;
    },
    until: (promise) =>
      new Promise((resolve, reject) => {
        // It also may fail when nobody waits for it any more.
        promise.then(resolve, reject).finally(() => waiting.delete(reject));
        if (isOver) reject(give());
        else waiting.add(reject);
      }),
    stop: () => clearInterval(timer),
  };
}
