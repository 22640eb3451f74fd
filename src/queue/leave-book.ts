import type { QueueStore } from './queue-store.ts';
import type { LeaveAnswer, LeaveRequest } from './scripts/leave.ts';

/**
 * Writes down which final dots are about to be sent. What is asked for at the same time goes to Redis in one command and
 * is on disk with one fsync.
 */
export function openLeaveBook(
  store: Pick<QueueStore, 'leave'>,
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
      const answers = await store.leave({ leaseMs, requests });
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
