import { share, mebi } from './quantities.ts';
import { tellerOf, type Finding } from './finding.ts';

export interface RedisFacts {
  /** Path of its socket, or address without password. */
  readonly address: string;
  /** `7.0.15`; undefined if it does not say. */
  readonly version?: string;
  /** Why it could lose what it has confirmed; empty if it keeps it. */
  readonly unsafe: readonly string[];
  /** What it does not tell, and redis.confirmed vouches for. */
  readonly onWord: readonly string[];
  /** The settings accept that. */
  readonly allowUnsafe: boolean;
  readonly usedBytes: number;
  /** 0 if unknown. */
  readonly limitBytes: number;
  /** Percent of the limit from which on no mail is accepted. */
  readonly highPercent: number;
  readonly replicas: number;
  /** So many must have a message before it is acknowledged. */
  readonly minReplicas: number;
  /** `noeviction`; undefined if it does not say. */
  readonly policy?: string;
  readonly rewriteFailed: boolean;
  /** Why no mail is accepted now. */
  readonly refuses?: string;
  /** Command and its answer; milliseconds. */
  readonly roundTripMs: number;
  /** It was started only to see whether that works. */
  readonly isTrial: boolean;
  /** There is a queue that nobody serves now. */
  readonly hasQueue: boolean;
}

/** What was found where Redis should be. */
export type RedisLook =
  | { readonly kind: 'answers'; readonly facts: RedisFacts }
  /** @param isOwn the relay starts it */
  | { readonly kind: 'away'; readonly address: string; readonly why: string; readonly isOwn: boolean };

const { ok, warn, fail, skip } = tellerOf('redis');

export function judgeRedis(look: RedisLook): readonly Finding[] {
  if (look.kind === 'away') {
    const todo = look.isOwn
      ? [
          'apt install redis-server (or valkey-server); its service need not run: the relay starts one of its own',
        ]
      : ['see whether Redis runs, and whether redis.url has its address and password'];
    return [
      {
        ...fail('redis-away', `Redis at ${look.address} cannot be used: ${look.why}`, ...todo),
        effect: 'no mail is accepted (451); what was accepted before is kept by Redis',
      },
    ];
  }
  const { facts } = look;
  const sleeping = facts.hasQueue
    ? [
        skip(
          'redis-queue-asleep',
          `the queue at ${facts.address} was not looked at: no relay runs on it`,
          'start the relay; dane-relay queue list shows what waits',
        ),
      ]
    : [];
  return [...judgeSafety(facts), ...judgeFill(facts), ...judgeReplicas(facts), ...sleeping];
}

function judgeSafety({
  address,
  version = 'of unknown version',
  unsafe,
  onWord,
  allowUnsafe,
  isTrial,
  policy,
}: RedisFacts): Finding[] {
  const name = isTrial ? `a private Redis ${version} can be started, and` : `Redis ${version} at ${address}`;
  if (unsafe.length === 0 && onWord.length > 0)
    return [
      warn(
        'redis-confirmed',
        `${name} does not tell ${onWord.join(', ')}: taken on the word of redis.confirmed`,
        'ask whoever runs it whether that is so: if it is not, accepted mail can be lost',
      ),
    ];
  if (unsafe.length === 0)
    return [
      ok(
        'redis-safe',
        `${name} keeps what it confirms (appendonly, appendfsync always, ${policy ?? 'noeviction'})`,
      ),
    ];
  const text = `Redis ${version} at ${address} can lose accepted mail: ${unsafe.join('; ')}`;
  if (allowUnsafe)
    return [warn('redis-unsafe', `${text} (redis.allow_unsafe = true)`, 'use such a Redis for tests only')];
  return [
    {
      ...fail(
        'redis-unsafe',
        text,
        'put these settings into redis.conf, and apply them now with CONFIG SET; what it denies to tell, say in redis.confirmed once you know it; or clear redis.url for a private Redis of the relay',
      ),
      effect: 'the relay does not start with it, and accepts no mail while it is so',
    },
  ];
}

function judgeFill({
  usedBytes,
  limitBytes,
  highPercent,
  refuses,
  rewriteFailed,
  roundTripMs,
  isTrial,
}: RedisFacts): Finding[] {
  const findings: Finding[] = [];
  const used =
    limitBytes === 0
      ? `${mebi(usedBytes)} of memory`
      : `${share(usedBytes, limitBytes)} of ${mebi(limitBytes)} of memory`;
  if (refuses !== undefined)
    findings.push({
      ...fail(
        'redis-full',
        `no mail is accepted: ${refuses}`,
        'see what waits (dane-relay queue list); raise redis.maxmemory or make room on the disk',
      ),
      effect: 'clients get 452 and try again; what waits goes out',
    });
  else if (limitBytes > 0 && (usedBytes / limitBytes) * 100 > highPercent * 0.8)
    findings.push(
      warn(
        'redis-filling',
        `${used} are in use; from ${highPercent} % on no mail is accepted`,
        'see what waits (dane-relay queue list); raise redis.maxmemory',
      ),
    );
  else if (!isTrial)
    findings.push(ok('redis-room', `${used} are in use, ${roundTripMs.toFixed(1)} ms a command`));
  if (rewriteFailed)
    findings.push(
      warn(
        'redis-rewrite-failed',
        'the last rewrite of the append-only file failed: it grows from now on',
        'look into the log of Redis: the disk is full, or memory for a copy is short (vm.overcommit_memory = 1)',
      ),
    );
  return findings;
}

function judgeReplicas({ replicas, minReplicas }: RedisFacts): Finding[] {
  const count = `${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`;
  if (replicas < minReplicas)
    return [
      {
        ...fail(
          'redis-replicas-missing',
          `${count} of ${minReplicas} that are wanted (queue.min_replicas) follow the master`,
          'start them, and see with INFO replication why they do not follow; docs/scaling.md',
        ),
        effect: 'no mail is accepted (451), and none is delivered',
      },
    ];
  if (replicas === 0) return [];
  // Replication is not awaited: one that becomes master after a failover lacks what was confirmed last.
  if (minReplicas === 0)
    return [
      warn(
        'redis-replicas',
        `Redis has ${count}: one that takes over may lack mail that was confirmed just before`,
        'set queue.min_replicas = 1, or keep a replica as a copy only, and bring the old master back with its files; docs/scaling.md',
      ),
    ];
  return [ok('redis-replicated', `${count} follow, and ${minReplicas} must have a message before its 250`)];
}
