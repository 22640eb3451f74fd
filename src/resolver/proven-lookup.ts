import type { Absent, Answer, Found, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import type { ValidationWatch } from './validation-watch.ts';

export interface ProvenOptions {
  /** Asks the servers that the watch has in use; uncached. */
  readonly lookup: Lookup;
  readonly watch: Pick<ValidationWatch, 'generation' | 'confirm' | 'distrust' | 'state'>;
  /** How long one lookup may go on asking anew because of servers that come and go. */
  readonly limitMs: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * Lookups that are not misled by a server which stops validating at just that moment: an unsigned answer counts after
 * its server has proved, later than the answer, that it validates; a signed one counts unless its server turned out
 * bad while it was asked. What a server said that was then left out is asked again of the others.
 *
 * While no server validates there is no proof. The answer is then handed out as unsigned and for one use only, for mail
 * at levels that need no DNSSEC, and the watch is told, so that nobody at the others builds on it.
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

/** Not to be kept. */
function once<A extends Found<unknown> | Absent>(answer: A): A {
  return { ...answer, ttl: 0 };
}
