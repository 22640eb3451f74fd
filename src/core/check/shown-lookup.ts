import { answerLines, statusWord } from '../dns/answer-lines.ts';
import type { LookedUp } from '../dns/lookup-trail.ts';
import type { ShownLookup } from './report.ts';

/** The answers of a check. */
export function shownLookups(lookups: readonly LookedUp[]): readonly ShownLookup[] {
  return lookups.map((one) => ({
    name: one.name,
    type: one.type,
    secure: one.answer.kind !== 'failed' && one.answer.secure,
    status: statusWord(one.answer),
    ...(one.answer.kind !== 'failed' && { ttl: one.answer.ttl }),
    lines: answerLines(one),
  }));
}
