import type { Redis } from 'ioredis';
import { list, runScript } from './redis.ts';

/** `renewed`: granted, and the lease of the destination runs anew from the moment it was asked. */
export type LeaveAnswer = 'refused' | 'granted' | 'renewed';

export interface LeaveRequest {
  readonly destination: string;
  readonly token: string;
  readonly queueId: string;
  /** `*` for everybody who waits, else indexes with commas. */
  readonly recipients: string;
}

/**
 * Writes down which final dots are about to be sent. What is asked for at the same time goes to Redis in one command and
 * is on disk with one fsync.
 */
export function openLeaveBook(
  redis: Redis,
  base: string,
  leaseMs: number,
): (request: LeaveRequest) => Promise<LeaveAnswer> {
  interface Waiting extends LeaveRequest {
    readonly resolve: (answer: LeaveAnswer) => void;
    readonly reject: (error: unknown) => void;
  }
  let page: Waiting[] = [];

  async function write(): Promise<void> {
    const requests = page;
    page = [];
    try {
      const entries = requests.flatMap(({ destination, token, queueId, recipients }) => [
        destination,
        token,
        queueId,
        recipients,
      ]);
      const answers = list(await runScript(redis, 'leave', [base, leaseMs, ...entries]));
      for (const [place, { resolve }] of requests.entries()) {
        resolve(answers[place] === 2 ? 'renewed' : answers[place] === 1 ? 'granted' : 'refused');
      }
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
