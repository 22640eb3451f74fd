import type { Confirmable } from '../../core/confirmable.ts';

/** How a Redis keeps data; undefined where it refused to tell. */
export interface RedisFacts {
  readonly appendonly?: string;
  readonly appendfsync?: string;
  readonly noAppendfsyncOnRewrite?: string;
  readonly maxmemoryPolicy?: string;
  /** `7.0.15`; of a Valkey the Redis that it is compatible with. */
  readonly version?: string;
  /** `master` or `slave`, from INFO replication. */
  readonly role?: string;
}

interface Rule {
  readonly name: Confirmable;
  readonly found: string | undefined;
  readonly wanted: string;
  readonly isGood: boolean;
  readonly why: string;
}

function rulesOf(facts: RedisFacts): readonly Rule[] {
  const setting = (name: Confirmable, found: string | undefined, wanted: string, why: string): Rule => ({
    name,
    found: found === undefined ? undefined : `"${found}"`,
    wanted: `"${wanted}"`,
    isGood: found === wanted,
    why,
  });
  return [
    setting('appendonly', facts.appendonly, 'yes', 'without an append-only file a crash loses the queue'),
    setting(
      'appendfsync',
      facts.appendfsync,
      'always',
      'a power cut loses what was accepted in the last second or more',
    ),
    setting(
      'no-appendfsync-on-rewrite',
      facts.noAppendfsyncOnRewrite,
      'no',
      'nothing is synced while the file is rewritten',
    ),
    setting(
      'maxmemory-policy',
      facts.maxmemoryPolicy,
      'noeviction',
      'Redis throws mail away when memory runs short',
    ),
    {
      name: 'version',
      found: facts.version,
      wanted: '7.0 or newer',
      isGood: Number(/^\d+/.exec(facts.version ?? '')?.[0]) >= 7,
      why: 'older ones lack script flags',
    },
  ];
}

/**
 * Reasons why this Redis could lose a message that was answered with 250; empty if it is safe. A refused answer counts
 * against it, because an unknown setting protects no mail, unless the operator has confirmed that setting. What Redis
 * tells counts more than what anybody says.
 */
export function unsafeBecause(facts: RedisFacts, confirmed: readonly Confirmable[] = []): readonly string[] {
  const reasons = rulesOf(facts)
    .filter(({ name, found, isGood }) => !isGood && !(found === undefined && confirmed.includes(name)))
    .map(({ name, found, wanted, why }) => {
      if (found === undefined)
        return `${name} is not readable (CONFIG GET or INFO denied?), wanted ${wanted}: ${why}; if you know that it is so, say it in redis.confirmed`;
      const claim = confirmed.includes(name) ? ', whatever redis.confirmed says' : '';
      return `${name} is ${found}${claim}, wanted ${wanted}: ${why}`;
    });
  if (facts.role === 'slave') reasons.push('it is a replica: what is written there is not kept');
  return reasons;
}

/** What Redis does not tell, and is taken on the word of the operator. */
export function takenOnWord(facts: RedisFacts, confirmed: readonly Confirmable[]): readonly Confirmable[] {
  return rulesOf(facts)
    .filter(({ name, found }) => found === undefined && confirmed.includes(name))
    .map(({ name }) => name);
}
