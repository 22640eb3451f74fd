/** Pause before a failed run looks again. */
export const AFTER_BUG_MS = 30_000;
/**
 * While nothing can be delivered, the pause between one destination and the next that looks again, because there may be
 * many.
 */
export const POSTPONE_STEP_MS = 20;
export const POSTPONE_MOST_MS = 60_000;
/** An alarm that sleeps past its mail by more than this was not postponed by a run. */
export const LONGEST_POSTPONE_MS = AFTER_BUG_MS + POSTPONE_MOST_MS;
