import { parentPort } from 'node:worker_threads';
import { messageOf } from '../core/error-words.ts';
import type { Check } from '../core/sasl-server/login-verifier.ts';
import { matches } from './compute-hash.ts';

/** A thread that computes hashes, one at a time, for hash-threads.ts. */
export interface HashJob {
  readonly against: Check;
  readonly password: string;
}

export type HashAnswer = { readonly isRight: boolean } | { readonly trouble: string };

parentPort?.on('message', ({ against, password }: HashJob) => {
  parentPort?.postMessage(answer(against, password));
});

function answer(against: Check, password: string): HashAnswer {
  try {
    return { isRight: matches(against, password) };
  } catch (error) {
    return { trouble: messageOf(error) };
  }
}
