import { unusedForMs, type PolicyUse } from '../core/sts/known-policy.ts';
import type { StsFinder } from './sts-finder.ts';

export interface RefreshPorts {
  readonly store: { takeDue(now: number, most: number): Promise<readonly PolicyUse[]> };
  readonly finder: Pick<StsFinder, 'refresh'>;
  readonly now: () => number;
}

/** How often it is looked whether a policy is due. */
const intervalMs = 5_000;
const atOnce = 8;

/** Fetches the policies that are in use about daily, so that none expires unnoticed. Returns the way to end that. */
export function refreshPolicies({ store, finder, now }: RefreshPorts): () => void {
  let isRunning = false;

  async function round(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    try {
      const due = await store.takeDue(now(), atOnce);
      const wanted = due.filter(
        ({ usedAt, stored, refreshAt }) =>
          refreshAt === 0 || now() - (usedAt ?? stored.fetchedAt) < unusedForMs,
      );
      await Promise.all(wanted.map((use) => finder.refresh(use)));
    } catch {
      // The queue watches Redis and tells its trouble; what was taken is planned again when mail asks for it.
    } finally {
      isRunning = false;
    }
  }

  const timer = setInterval(() => void round(), intervalMs);
  return () => clearInterval(timer);
}
