import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a test waits for what has to happen: longer than any machine takes, however busy. What takes so long is not
 * slow, it does not come; how fast it comes is judged by no test.
 */
export const patienceMs = 120_000;

/** Asks until the answer is yes. Rejects with `what` when the time is up, or with the error of the question. */
export async function until(
  question: () => boolean | Promise<boolean>,
  what = question.toString(),
  timeoutMs = patienceMs,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(10);
  }
}
