import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { joinLookups, lookupKey } from './joined-lookups.ts';

export interface CacheOptions {
  /** The lookup behind the cache. */
  readonly lookup: Lookup;
  /** Most answers that are kept. The least recently used one goes first. */
  readonly maxEntries: number;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface LookupCache {
  readonly lookup: Lookup;
  /** Beside what is kept: an answer takes its place. */
  readonly fresh: Lookup;
  /** Forgets all answers, because their AD bit turned out to mean nothing. */
  clear(): void;
}

interface Entry {
  readonly answer: Answer<RecordOf[RecordType]>;
  readonly expiresAt: number;
}

const maxTtl = 3600;

/** A TLSA record that was just replaced must not stay in use. Postfix keeps them as long (RFC 7671 §8.1). */
const maxTlsaTtl = 100;

/** Long enough to spare a failing resolver a hundred equal questions, too short to delay recovery. */
const failureTtl = 1;

/** Larger answers are not kept. This bounds the memory of the cache to `maxEntries` times this size. */
const maxAnswerSizeBytes = 8192;

/**
 * Keeps signed answers for their TTL, and at most an hour. The `ttl` of a cached answer is what remains of it. Failures
 * are kept for a second. Identical lookups in flight are joined.
 *
 * Unsigned answers are not kept. One that arrived while the resolver did not validate would outlive that time, and make
 * a signed domain look unsigned (RFC 7672 §2.1.1). The resolver itself caches them.
 */
export function createLookupCache(options: CacheOptions): LookupCache {
  const { now, maxEntries } = options;
  /** In order of last use. */
  const entries = new Map<string, Entry>();
  /** Grows when the cache is cleared: an answer that was asked for before is not kept afterwards. */
  let generation = 0;

  function recall(key: string): Answer<RecordOf[RecordType]> | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entries.delete(key);
    const leftMs = entry.expiresAt - now();
    if (leftMs <= 0) return undefined;
    entries.set(key, entry);
    const { answer } = entry;
    return answer.kind === 'failed'
      ? answer
      : { ...answer, ttl: Math.min(answer.ttl, Math.ceil(leftMs / 1000)) };
  }

  function remember(key: string, type: RecordType, answer: Answer<RecordOf[RecordType]>): void {
    const keepSeconds = keepFor(type, answer);
    if (keepSeconds <= 0 || maxEntries < 1) return;
    // A fresh lookup that failed says nothing about an answer that is good still.
    if (answer.kind === 'failed' && recall(key) !== undefined) return;
    entries.delete(key);
    for (const oldest of entries.keys()) {
      if (entries.size < maxEntries) break;
      entries.delete(oldest);
    }
    entries.set(key, { answer, expiresAt: now() + keepSeconds * 1000 });
  }

  const { lookup } = joinLookups(async (name, type, signal) => {
    const born = generation;
    const answer = await options.lookup(name, type, signal);
    if (born === generation) remember(lookupKey(name, type), type, answer);
    return answer;
  });

  return {
    lookup: async <T extends RecordType>(name: string, type: T, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      const known = recall(lookupKey(name, type));
      return known === undefined ? lookup(name, type, signal) : (known as Answer<RecordOf[T]>);
    },
    fresh: lookup,
    clear: () => {
      generation += 1;
      entries.clear();
    },
  };
}

/** Seconds; 0 for an answer that is not kept. */
function keepFor(type: RecordType, answer: Answer<RecordOf[RecordType]>): number {
  if (answer.kind === 'failed') return failureTtl;
  if (!answer.secure) return 0;
  if (sizeBytes(answer) > maxAnswerSizeBytes) return 0;
  return Math.min(answer.ttl, type === 'TLSA' ? maxTlsaTtl : maxTtl);
}

/** A rough measure, near the size on the wire. */
function sizeBytes(answer: Exclude<Answer<RecordOf[RecordType]>, { kind: 'failed' }>): number {
  const records = answer.kind === 'found' ? answer.records : [];
  return records.reduce<number>((sum, record) => sum + recordSizeBytes(record), answer.aliases.length * 64);
}

function recordSizeBytes(record: RecordOf[RecordType]): number {
  if (typeof record === 'string') return record.length;
  return 'data' in record ? 4 + record.data.length : 2 + record.exchange.length;
}
