import type { Explained } from './audit.ts';

/** Advisories of `npm audit` that stay for a while, each with a reason. There is none now. */
export const explained: readonly Explained[] = [];
