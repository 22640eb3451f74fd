import type { KeptAttempt, KeptFailure, KeptLimits } from '../../core/mail/kept.ts';
import { decodeAttempt, decodeFailure, needles } from '../forms/kept.ts';
import type { QueueStore } from '../store/queue-store.ts';

export interface PastPorts {
  readonly store: Pick<QueueStore, 'findKept' | 'failures'>;
  readonly now: () => number;
  /** What is older has been kept for long enough. */
  readonly kept?: Pick<KeptLimits, 'keptMs'> | undefined;
}

export interface PastSearch {
  readonly kind: keyof typeof needles;
  /** A queue ID, an address in any case, or a destination of the queue. */
  readonly name: string;
}

/** Attempts that Redis looks at in one step: so few that nobody else waits. */
const AT_ONCE = 200;

/**
 * Attempts of a message, an address or a destination, the newest first, and none that ended before `since`. Nothing
 * where nothing is kept.
 */
export async function* pastAttempts(
  { kind, name }: PastSearch,
  { store, now, kept, since = 0 }: PastPorts & { readonly since?: number },
): AsyncGenerator<KeptAttempt, void, void> {
  if (kept === undefined) return;
  const search = { count: AT_ONCE, needle: needles[kind](name), anyCase: kind === 'address' };
  const oldest = Math.max(since, now() - kept.keptMs);
  let before: number | undefined;
  do {
    const found = await store.findKept({ ...search, before });
    for (const text of found.texts) {
      const attempt = decodeAttempt(text);
      if (attempt !== undefined && attempt.at >= oldest && isOf(kind, name, attempt)) yield attempt;
    }
    before = found.oldestAt < oldest ? undefined : found.before;
  } while (before !== undefined);
}

/** A host may have put into its reply what is looked for. */
function isOf(kind: keyof typeof needles, name: string, attempt: KeptAttempt): boolean {
  if (kind !== 'address') return attempt[kind] === name;
  const wanted = name.toLowerCase();
  const isIt = (address: string): boolean => address.toLowerCase() === wanted;
  return attempt.results.some(({ to }) => to.some(isIt)) || isIt(attempt.sender);
}

/** The evidence of the last failed attempt of a message, by destination. */
export async function pastFailures(
  queueId: string,
  destinations: readonly string[],
  { store, now, kept }: PastPorts,
): Promise<readonly { readonly destination: string; readonly failure: KeptFailure }[]> {
  if (kept === undefined || destinations.length === 0) return [];
  const oldest = now() - kept.keptMs;
  const texts = await store.failures(destinations.map((destination) => `${queueId} ${destination}`));
  return texts.flatMap((text, place) => {
    const failure = text === '' ? undefined : decodeFailure(text);
    const destination = destinations[place] ?? '';
    return failure === undefined || failure.at < oldest ? [] : [{ destination, failure }];
  });
}
