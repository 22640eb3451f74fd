import type { PolicyUse } from '../core/sts/known-policy.ts';
import type { StsFinder } from './sts-finder.ts';

export interface RefreshPorts {
  readonly store: { takeDue(now: number, most: number): Promise<readonly PolicyUse[]> };
  readonly finder: Pick<StsFinder, 'refresh'>;
  /** Told of all errors: those of a store that is away are no news, others are bugs. */
  readonly trouble: (error: unknown) => void;
  readonly now: () => number;
  /** How often it is looked whether a policy is due. */
  readonly intervalMs?: number;
}

const usualIntervalMs = 5_000;
/** Of one look. */
const mostTaken = 8;
/** More than can begin while one hangs, so that hosts that say nothing keep nobody else's policy from being fetched. */
const mostUnderWay = 64;

/** Fetches the policies that are in use about daily, so that none expires unnoticed. Returns the way to end that. */
export function refreshPolicies({
  store,
  finder,
  trouble,
  now,
  intervalMs = usualIntervalMs,
}: RefreshPorts): () => void {
  let isLooking = false;
  let underWay = 0;

  async function look(): Promise<void> {
    const room = Math.min(mostTaken, mostUnderWay - underWay);
    if (isLooking || room === 0) return;
    isLooking = true;
    try {
      for (const use of await store.takeDue(now(), room)) void refresh(use);
    } catch (error) {
      trouble(error);
    } finally {
      isLooking = false;
    }
  }

  async function refresh(use: PolicyUse): Promise<void> {
    underWay += 1;
    try {
      await finder.refresh(use);
    } catch (error) {
      // What was taken and is not planned anew is given out again after a while.
      trouble(error);
    } finally {
      underWay -= 1;
    }
  }

  const timer = setInterval(() => void look(), intervalMs);
  return () => clearInterval(timer);
}
