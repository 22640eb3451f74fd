import type { Decision, MtaOutcome } from '../mta.ts';

const flagWords: Readonly<Record<string, MtaOutcome>> = {
  '=>': 'delivered',
  '==': 'waits',
  '**': 'returned',
};

/**
 * What the main log of Exim says last of a message: `=>` delivered, `==` deferred, `**` failed (the specification of
 * Exim, chapter 53). A line about one host of several (`H=… Temporary error`) is no decision and has none of them.
 */
export function outcomeInEximLog(lines: readonly string[], id: string): Decision {
  const flags = lines.flatMap((line) => {
    const [, found, flag] = /^\S+ \S+ (\S+) (=>|==|\*\*) /.exec(line) ?? [];
    return found === id ? [flag] : [];
  });
  return { outcome: flagWords[flags.at(-1) ?? ''] ?? 'open', attempts: flags.length };
}
