import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Check } from '../core/sasl-server/login-verifier.ts';
import type { HashAnswer, HashJob } from './hash-worker.ts';

/** Computes hashes beside the main thread, which has mail to serve. */
export interface HashThreads {
  /** Rejects if it cannot be computed: out of memory, say. */
  check(against: Check, password: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** A thread is made when it is first needed, and again when it has ended by itself. Whoever asks sees to the number. */
export function createHashThreads(): HashThreads {
  const idle: Worker[] = [];
  const all = new Set<Worker>();

  function take(): Worker {
    const rested = idle.pop();
    if (rested !== undefined) return rested;
    const worker = new Worker(new URL('hash-worker.js', import.meta.url));
    // A relay that has nothing else to do ends.
    worker.unref();
    all.add(worker);
    // Whoever waits for an answer hears of it too; a thread at rest is not missed.
    worker.on('error', () => {});
    worker.once('exit', () => {
      all.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    });
    return worker;
  }

  return {
    async check(against, password) {
      const worker = take();
      const job: HashJob = { against, password };
      const ended = new AbortController();
      try {
        worker.postMessage(job);
        const gone = once(worker, 'exit', { signal: ended.signal }).then((): never => {
          throw new Error('the thread that computes hashes has ended');
        });
        const [answer] = (await Promise.race([once(worker, 'message', { signal: ended.signal }), gone])) as [
          HashAnswer,
        ];
        idle.push(worker);
        if ('trouble' in answer) throw new Error(answer.trouble);
        return answer.isRight;
      } catch (error) {
        if (!idle.includes(worker)) await worker.terminate();
        throw error;
      } finally {
        ended.abort();
      }
    },
    async stop() {
      await Promise.all(Array.from(all, (worker) => worker.terminate()));
    },
  };
}
