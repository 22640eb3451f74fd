import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is yes. Rejects with `what` when the time is up, or with the error of the question. */
export async function waitUntil(
  what: string,
  question: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(10);
  }
}
