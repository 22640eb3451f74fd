import type { PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { QueueFindings } from '../status/queue-counts.ts';

/** From the end of a walk to the earliest beginning of the next one. */
const PAUSE_MS = 15_000;

export interface QueueWalks {
  stop(): void;
}

/**
 * Walks through the queue, slowly, when somebody looks at the metrics: who looks again sees what was found. A walk that
 * fails, because Redis is away, counts for nothing: what the last one found stays, and its time tells.
 */
export function startQueueWalks(
  queue: Pick<Queue, 'walk'>,
  policy: (nextHop: string) => PolicyEntry,
  findings: Pick<QueueFindings, 'begin' | 'onLook'>,
): QueueWalks {
  const stopped = new AbortController();
  const { signal } = stopped;
  let isWalking = false;
  let pauseUntil = 0;

  async function walk(): Promise<void> {
    const counts = findings.begin();
    const levels = new Map<string, string>();
    await queue.walk((destination, state, ageMs) => {
      const level = levels.get(destination) ?? levelOf(policy(destination));
      levels.set(destination, level);
      counts.add(state, level, ageMs);
    }, signal);
    counts.end(Date.now());
  }

  findings.onLook(() => {
    if (isWalking || signal.aborted || performance.now() < pauseUntil) return;
    isWalking = true;
    void walk()
      .catch(() => {})
      .finally(() => {
        isWalking = false;
        pauseUntil = performance.now() + PAUSE_MS;
      });
  });
  return { stop: () => stopped.abort() };
}

function levelOf(entry: PolicyEntry): string {
  return entry.kind === 'level' ? entry.level : 'unknown';
}
