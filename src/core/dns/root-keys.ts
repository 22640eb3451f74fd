import { isEntryPoint, isRevoked, isSameKey, keyTag } from './dnskey.ts';
import type { Dnskey } from './dnskey.ts';
import { signersOf } from './root-key-set.ts';
import type { RootKeySet } from './root-key-set.ts';

/**
 * RFC 5011 §4.2. `pending`: seen, and trusted once it has stayed for thirty days. `missing`: trusted, although the root
 * no longer publishes it. `removed`: revoked long ago, and remembered so that an old copy of the system's keys does not
 * bring it back.
 */
export type KeyState = 'pending' | 'valid' | 'missing' | 'revoked' | 'removed';

export interface RootKey {
  readonly key: Dnskey;
  readonly state: KeyState;
  /** Epoch ms. */
  readonly sinceMs: number;
  /** While pending: the number of sets it was in. */
  readonly seen: number;
}

/** What is known of the keys of the root. */
export interface RootKeys {
  readonly keys: readonly RootKey[];
  /** Epoch ms; 0 for never. */
  readonly queriedMs: number;
  readonly succeededMs: number;
  /** When to look at the root's keys again. */
  readonly nextMs: number;
}

/** A change of state of a key. */
export interface KeyChange {
  readonly keyTag: number;
  readonly from: KeyState | 'unknown';
  readonly to: KeyState | 'unknown';
}

export interface Observation {
  readonly rootKeys: RootKeys;
  readonly changes: readonly KeyChange[];
  /** Whether a trusted key has signed the set; otherwise only revocations count. */
  readonly verified: boolean;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** RFC 5011 §2.4.1. */
const addHoldDownMs = 30 * dayMs;
/** RFC 5011 §2.2: how long a revoked key is kept. */
const removeHoldDownMs = 30 * dayMs;
/** At least two sets, so that a single old set after a month without a look makes no key valid. */
const minSeen = 2;
/** A key that has been missing for this long, with others in its place, is dropped. */
const missingMs = 366 * dayMs;
const maxQueryMs = 15 * dayMs;
const maxRetryMs = dayMs;
/** Far more keys than the root will ever have at the same time. */
const maxKeys = 64;

/** The keys with which validation may begin (RFC 5011 §4.2: those that are Valid or Missing). */
export function trustedKeys({ keys }: RootKeys): readonly Dnskey[] {
  return keys.filter(({ state }) => isTrusted(state)).map(({ key }) => key);
}

/** Adds keys that the system trusts and that are not known in any state. */
export function withSystemKeys(known: RootKeys, system: readonly Dnskey[], nowMs: number): RootKeys {
  const unknown = system.filter(
    (key) => isEntryPoint(key) && !isRevoked(key) && find(known.keys, key) === undefined,
  );
  const added = unknown.map((key): RootKey => ({ key, state: 'valid', sinceMs: nowMs, seen: 0 }));
  return { ...known, keys: [...known.keys, ...added] };
}

/** Nothing is known yet. */
export const noRootKeys: RootKeys = { keys: [], queriedMs: 0, succeededMs: 0, nextMs: 0 };

/** RFC 5011 §2, §4: the trust anchors after a set of keys was received. */
export function observe(known: RootKeys, set: RootKeySet, nowMs: number): Observation {
  const signers = signersOf(set, nowMs);
  const revoked = known.keys.map((one) => afterRevocation(one, signers, nowMs));
  const trusted = revoked.filter(({ state }) => isTrusted(state));
  const verified = signers.some((signer) => !isRevoked(signer) && find(trusted, signer) !== undefined);
  const keys = verified ? afterSet(revoked, set, nowMs) : revoked;
  const waitMs = verified ? queryIntervalMs(set, nowMs) : retryMs(set, nowMs);
  return {
    rootKeys: {
      keys,
      queriedMs: nowMs,
      succeededMs: verified ? nowMs : known.succeededMs,
      nextMs: nowMs + waitMs,
    },
    changes: changesBetween(known.keys, keys),
    verified,
  };
}

/** The same after a failed lookup. */
export function observeNothing(known: RootKeys, nowMs: number): RootKeys {
  return { ...known, queriedMs: nowMs, nextMs: nowMs + hourMs };
}

function isTrusted(state: KeyState): boolean {
  return state === 'valid' || state === 'missing';
}

function find(keys: readonly RootKey[], key: Dnskey): RootKey | undefined {
  return keys.find((one) => isSameKey(one.key, key));
}

/** RFC 5011 §2.1: a key that signs its own revocation is no longer trusted, whichever other keys have signed. */
function afterRevocation(one: RootKey, signers: readonly Dnskey[], nowMs: number): RootKey {
  if (one.state === 'revoked' || one.state === 'removed') return one;
  const revocation = signers.find((signer) => isRevoked(signer) && isSameKey(signer, one.key));
  return revocation === undefined ? one : { ...one, state: 'revoked', sinceMs: nowMs };
}

/** The state table of RFC 5011 §4.1, for a set that a trusted key has signed. */
function afterSet(known: readonly RootKey[], set: RootKeySet, nowMs: number): RootKey[] {
  const published = set.keys.filter((key) => isEntryPoint(key) && !isRevoked(key));
  const kept = known.flatMap((one) =>
    afterLook(
      one,
      published.some((key) => isSameKey(key, one.key)),
      nowMs,
    ),
  );
  const replaced = kept.some(({ state }) => state === 'valid');
  const here = kept.filter(
    (one) => !(replaced && one.state === 'missing' && nowMs - one.sinceMs > missingMs),
  );
  for (const key of published) {
    // Keys that were dropped just now are compared too: such a key starts again at the next look.
    if (find(here, key) === undefined && find(known, key) === undefined && here.length < maxKeys)
      here.push({ key, state: 'pending', sinceMs: nowMs, seen: 1 });
  }
  return here;
}

/** No new state: the key is dropped. */
function afterLook(one: RootKey, isPublished: boolean, nowMs: number): RootKey[] {
  const age = nowMs - one.sinceMs;
  switch (one.state) {
    case 'pending': {
      if (!isPublished) return [];
      const seen = one.seen + 1;
      return age >= addHoldDownMs && seen >= minSeen
        ? [{ ...one, state: 'valid', sinceMs: nowMs, seen: 0 }]
        : [{ ...one, seen }];
    }
    case 'valid':
      return [isPublished ? one : { ...one, state: 'missing', sinceMs: nowMs }];
    case 'missing':
      return [isPublished ? { ...one, state: 'valid', sinceMs: nowMs } : one];
    case 'revoked':
      return [age >= removeHoldDownMs ? { ...one, state: 'removed', sinceMs: nowMs } : one];
    case 'removed':
      return [one];
  }
}

/**
 * RFC 5011 §2.3: the smaller of half the TTL and half the remaining validity of the signatures, from an hour to fifteen
 * days.
 */
function queryIntervalMs(set: RootKeySet, nowMs: number): number {
  return between(hourMs, maxQueryMs, lastingMs(set, nowMs) / 2);
}

/** RFC 5011 §2.3: a tenth of these, from an hour to a day. */
function retryMs(set: RootKeySet, nowMs: number): number {
  return set.signatures.length === 0 ? hourMs : between(hourMs, maxRetryMs, lastingMs(set, nowMs) / 10);
}

function lastingMs({ signatures }: RootKeySet, nowMs: number): number {
  const ttls = signatures.map(({ originalTtl }) => originalTtl * 1000);
  const ends = signatures.map(({ expiration }) => ((expiration - Math.floor(nowMs / 1000)) | 0) * 1000);
  return Math.min(maxQueryMs * 2, ...ttls, ...ends);
}

function between(low: number, high: number, value: number): number {
  return Math.max(low, Math.min(high, value));
}

function changesBetween(before: readonly RootKey[], after: readonly RootKey[]): KeyChange[] {
  const gone = before.filter(({ key }) => find(after, key) === undefined);
  const changed = after.filter(({ key, state }) => find(before, key)?.state !== state);
  return [
    ...gone.map(({ key, state }): KeyChange => ({ keyTag: keyTag(key.rdata), from: state, to: 'unknown' })),
    ...changed.map(({ key, state }): KeyChange => {
      return { keyTag: keyTag(key.rdata), from: find(before, key)?.state ?? 'unknown', to: state };
    }),
  ];
}
