import type { Decision, MtaOutcome } from '../mta.ts';

const words: Readonly<Record<string, MtaOutcome>> = {
  sent: 'delivered',
  deferred: 'waits',
  bounced: 'returned',
  expired: 'returned',
};

/** What the log in the form of Postfix says last of a message. */
export function outcomeInLog(lines: readonly string[], queueId: string): Decision {
  const said = lines.flatMap((line) => {
    const isOfIt = line.includes(` ${queueId}: to=<`) || line.startsWith(`${queueId}: to=<`);
    const outcome = isOfIt ? words[/, status=(\w+) /.exec(line)?.[1] ?? ''] : undefined;
    return outcome === undefined ? [] : [outcome];
  });
  return { outcome: said.at(-1) ?? 'open', attempts: said.length };
}
