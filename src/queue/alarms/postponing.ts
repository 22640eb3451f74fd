/** A run that failed looks again after this. */
export const AFTER_BUG_MS = 30_000;
/** While nothing can be delivered, so long after one destination the next one looks again: they are many, perhaps. */
export const POSTPONE_STEP_MS = 20;
export const POSTPONE_MOST_MS = 60_000;
/** An alarm that sleeps longer past its mail than this was not put off by us. */
export const LONGEST_POSTPONE_MS = AFTER_BUG_MS + POSTPONE_MOST_MS;
