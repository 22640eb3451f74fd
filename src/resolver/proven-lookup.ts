import type { Absent, Answer, Found, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import type { ValidationWatch } from './validation-watch.ts';

export interface ProvenOptions {
  /** Asks the servers that the watch has in use, uncached. */
  readonly lookup: Lookup;
  readonly watch: Pick<ValidationWatch, 'generation' | 'confirm' | 'distrust' | 'state'>;
  /** How long one lookup may keep asking again because servers change. */
  readonly limitMs: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * Makes lookups that a server cannot mislead when it stops validating at just that moment. An unsigned answer counts
 * once its server has proved, after the answer, that it validates. A signed answer counts unless its server turned out
 * to be bad during the lookup. If that server is then left out, the question goes to the others.
 *
 * While no server validates, there is no proof. The answer is then returned as unsigned and for a single use, for mail
 * at levels that need no DNSSEC. The watch is told, so that no mail at the other levels relies on it.
 */
export function proveLookups({ lookup, watch, limitMs, now }: ProvenOptions): Lookup {
  return async <T extends RecordType>(
    name: string,
    type: T,
    signal?: AbortSignal,
  ): Promise<Answer<RecordOf[T]>> => {
    const until = now() + limitMs;
    do {
      const generation = watch.generation();
      const answer = await lookup(name, type, signal);
      if (answer.kind === 'failed') return answer;
      if (await watch.confirm(generation, answer.secure))
        return watch.state().validating ? answer : once(answer);
      signal?.throwIfAborted();
      if (!watch.state().validating) {
        watch.distrust();
        return { ...once(answer), secure: false };
      }
    } while (now() < until);
    return { kind: 'failed', cause: 'timeout', detail: 'the resolvers keep changing' };
  };
}

/** An answer that must not be kept. */
function once<A extends Found<unknown> | Absent>(answer: A): A {
  return { ...answer, ttl: 0 };
}
