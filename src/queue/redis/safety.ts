/** How a Redis keeps data; undefined where it refused to tell. */
export interface RedisFacts {
  readonly appendonly?: string;
  readonly appendfsync?: string;
  readonly noAppendfsyncOnRewrite?: string;
  readonly maxmemoryPolicy?: string;
  /** `7.0.15` */
  readonly version?: string;
  /** `master` or `slave`, from INFO replication. */
  readonly role?: string;
}

/**
 * Reasons why this Redis could lose a message that was answered with 250; empty if it is safe. A refused answer counts
 * against it, because an unknown setting protects no mail.
 */
export function unsafeBecause(facts: RedisFacts): readonly string[] {
  const rules: [keyof RedisFacts, string, string, string][] = [
    ['appendonly', 'appendonly', 'yes', 'without an append-only file a crash loses the queue'],
    [
      'appendfsync',
      'appendfsync',
      'always',
      'a power cut loses what was accepted in the last second or more',
    ],
    [
      'noAppendfsyncOnRewrite',
      'no-appendfsync-on-rewrite',
      'no',
      'nothing is synced while the file is rewritten',
    ],
    ['maxmemoryPolicy', 'maxmemory-policy', 'noeviction', 'Redis throws mail away when memory runs short'],
  ];
  const reasons = rules
    .filter(([fact, , wanted]) => facts[fact] !== wanted)
    .map(([fact, setting, wanted, why]) => {
      const found = facts[fact] === undefined ? 'not readable (CONFIG GET denied?)' : `"${facts[fact]}"`;
      return `${setting} is ${found}, wanted "${wanted}": ${why}`;
    });
  const major = Number(/^\d+/.exec(facts.version ?? '')?.[0]);
  if (!(major >= 7))
    reasons.push(
      `its version is ${facts.version ?? 'unknown'}, wanted 7.0 or newer: older ones lack script flags`,
    );
  if (facts.role === 'slave') reasons.push('it is a replica: what is written there is not kept');
  return reasons;
}
