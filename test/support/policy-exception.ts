import type { PolicyException } from '../../src/core/tls-policy/exception.ts';

/** Epoch ms. */
export const start = 1_000_000_000;

/** An exception for `x.test`, set at `start` for a second. */
export function one(part: Partial<PolicyException> = {}): PolicyException {
  return {
    name: 'x.test',
    level: 'may',
    until: start + 1_000,
    setAt: start,
    reason: 'r',
    by: 'uid 0',
    ...part,
  };
}
