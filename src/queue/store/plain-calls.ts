import type { ChainableCommander } from 'ioredis';
import { asked, asQueueError } from '../redis/queue-error.ts';

/** Commands that are done together, or not at all. Throws QueueError. */
export async function together(calls: ChainableCommander): Promise<void> {
  await answersOf(calls);
}

/** The same, with the answer of each. Throws QueueError. */
export async function answersOf(calls: ChainableCommander): Promise<readonly unknown[]> {
  const answers = (await asked(calls.exec())) ?? [];
  const [failure] = answers.find(([error]) => error !== null) ?? [];
  if (failure !== undefined && failure !== null) throw asQueueError(failure);
  return answers.map(([, answer]) => answer);
}
