import { answerLines, statusWord } from '../dns/answer-lines.ts';
import type { LookedUp } from '../dns/lookup-trail.ts';
import type { ShownLookup } from './report.ts';

/** The answers of a check, each question once: a later answer comes from the cache. */
export function shownLookups(lookups: readonly LookedUp[]): readonly ShownLookup[] {
  const first = new Map<string, LookedUp>();
  for (const one of lookups) {
    const question = `${one.name} ${one.type}`;
    if (!first.has(question)) first.set(question, one);
  }
  return [...first.values()].map((one) => ({
    name: one.name,
    type: one.type,
    secure: one.answer.kind !== 'failed' && one.answer.secure,
    status: statusWord(one.answer),
    ...(one.answer.kind !== 'failed' && { ttl: one.answer.ttl }),
    lines: answerLines(one),
  }));
}
