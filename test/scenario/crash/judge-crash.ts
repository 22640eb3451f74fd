import type { CrashResult } from './crash-row.ts';
import type { Flow } from './flows.ts';

/** What was found after the restart, in a few words; `wrong` if it breaks the promise. */
export interface Finding {
  readonly text: string;
  readonly wrong: boolean;
}

/**
 * The promise: everybody of a message that got its 250 is served exactly once, unless the final dot was sent and no reply
 * seen, which the log then says; under `hold` not even then. Of a message without its 250 nothing is promised but that it does not come twice either.
 */
export function judgeCrash(flow: Flow, result: CrashResult, policy: 'resend' | 'hold'): Finding {
  const { accepted, copies, ambiguous, held, leftKeys } = result;
  const fewest = Math.min(...copies);
  const most = Math.max(...copies);
  const word = flow.end === 'bounced' ? 'reported' : 'sent';
  // Of content that was written ahead for a message that never came into being, the sweeper takes care.
  const left = leftKeys.filter((key) => accepted || !/:b:/.test(key));
  if (left.length > 0 && held === 0) return { text: `left behind: ${left.join(' ')}`, wrong: true };
  if (accepted && flow.end !== 'deleted' && fewest + held < 1) return { text: 'LOST', wrong: true };
  if (most > 1 && (!ambiguous || most > 2 || policy === 'hold'))
    return { text: `${word} ${most} TIMES`, wrong: true };
  // In doubt is the transaction under way, with one recipient, of each destination.
  const doubled = copies.filter((count) => count > 1).length;
  if (flow.end !== 'bounced' && doubled > flow.hosts)
    return { text: `${word} twice to ${doubled}`, wrong: true };
  const words = [
    accepted ? '250' : 'no 250',
    most === 0
      ? held > 0
        ? ''
        : accepted && flow.end === 'deleted'
          ? 'deleted'
          : 'nothing'
      : most > 1
        ? `${word} twice`
        : word,
    held > 0 ? 'held' : ambiguous ? 'dot' : '',
  ];
  return { text: words.filter((one) => one !== '').join(', '), wrong: false };
}
