import { screen } from '../../../src/core/dane/tlsa.ts';
import { verifyDane } from '../../../src/core/dane/verify.ts';
import { judgedAt } from './case.ts';
import type { Case } from './case.ts';
import { verdictText } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export interface OurJudgement {
  readonly verdict: Verdict;
  /** Why not, for people. */
  readonly cause?: string;
}

/** What the relay makes of a case: usable records first, then the chain. */
export function judge({ chain, records, name }: Case): OurJudgement {
  const { usable } = screen(records, '_25._tcp.' + name);
  const ignored = records.length - usable.length;
  if (usable.length === 0) return { verdict: verdictText('unusable', ignored) };
  const verdict = verifyDane(chain, usable, [name], judgedAt);
  if (verdict.kind === 'mismatch') {
    return { verdict: verdictText('mismatch', ignored), cause: `${verdict.cause} at ${verdict.depth}` };
  }
  return { verdict: verdictText(`matched ${verdict.record.usage} at ${verdict.depth}`, ignored) };
}
