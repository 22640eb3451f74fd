import { expect, test } from 'vitest';
import { makeSigningKey, reflagged, signedSet } from '../../../test/support/root-key-signing.ts';
import type { SigningKey, SigningTimes } from '../../../test/support/root-key-signing.ts';
import { keyTag, parseDnskey } from './dnskey.ts';
import type { Dnskey } from './dnskey.ts';
import type { RootKeySet } from './root-key-set.ts';
import { noRootKeys, observe, observeNothing, trustedKeys, withSystemKeys } from './root-keys.ts';
import type { RootKeys } from './root-keys.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const [old, next, stranger, zoneKey] = [
  makeSigningKey(),
  makeSigningKey(8),
  makeSigningKey(),
  makeSigningKey(13, 256),
];
const keyOf = (key: SigningKey): Dnskey => {
  const parsed = parseDnskey(key.rdata);
  if (parsed === undefined) throw new Error('no key');
  return parsed;
};
const names = new Map(
  [old, next, stranger].map((key, at) => [keyTag(key.rdata), ['old', 'next', 'stranger'][at]]),
);
const begun = withSystemKeys(noRootKeys, [keyOf(old)], start);

function set(
  keys: readonly SigningKey[],
  signers: readonly SigningKey[],
  atMs: number,
  ttl?: number,
): RootKeySet {
  const times: SigningTimes = { inceptionMs: atMs - 10 * dayMs, expirationMs: atMs + 10 * dayMs };
  return signedSet([...keys, zoneKey], signers, ttl === undefined ? times : { ...times, ttl });
}

const statesOf = ({ keys }: RootKeys): Record<string, string> =>
  Object.fromEntries(keys.map(({ key, state }) => [names.get(keyTag(key.rdata)) ?? '?', state]));
const trusted = (rootKeys: RootKeys) => trustedKeys(rootKeys).map(({ rdata }) => names.get(keyTag(rdata)));

/** A look a day with what was published that day. */
function live(
  from: RootKeys,
  days: number,
  publish: (atMs: number) => RootKeySet,
  startMs = start,
): RootKeys {
  let rootKeys = from;
  for (let day = 0; day <= days; day++) {
    const atMs = startMs + day * dayMs;
    ({ rootKeys } = observe(rootKeys, publish(atMs), atMs));
  }
  return rootKeys;
}

test('observe(): a new key is trusted after thirty days in which it stays (RFC 5011 §2.4.1)', () => {
  const publish = (atMs: number) => set([old, next], [old], atMs);
  expect(trusted(live(begun, 29, publish))).toEqual(['old']);
  expect(statesOf(live(begun, 29, publish))).toEqual({ old: 'valid', next: 'pending' });
  expect(trusted(live(begun, 30, publish))).toEqual(['old', 'next']);
});

test('observe(): one that was away in between begins anew', () => {
  const publish = (atMs: number) => set(atMs === start + 15 * dayMs ? [old] : [old, next], [old], atMs);
  expect(trusted(live(begun, 45, publish))).toEqual(['old']);
  expect(trusted(live(begun, 46, publish))).toEqual(['old', 'next']);
});

test('observe(): thirty days of rest make no key valid, a second look after them does', () => {
  const first = observe(begun, set([old, next], [old], start), start).rootKeys;
  const later = start + 40 * dayMs;
  // Seen once before and once now.
  expect(trusted(observe(first, set([old, next], [old], later), later).rootKeys)).toEqual(['old', 'next']);
  const rested = observe(begun, set([old, next], [old], later), later).rootKeys;
  expect(trusted(rested)).toEqual(['old']);
});

test('observe(): a set that no trusted key has signed adds nothing and takes nothing away', () => {
  for (const forged of [
    set([old, next], [next], start),
    set([stranger], [stranger], start),
    set([next], [], start),
  ]) {
    const { rootKeys, verified, changes } = observe(begun, forged, start);
    expect([verified, changes, rootKeys.keys]).toEqual([false, [], begun.keys]);
    expect(rootKeys.succeededMs).toBe(0);
  }
});

test('observe(): the key of the zone is no secure entry point, and neither is one of an expired set', () => {
  const { rootKeys } = observe(begun, set([old], [old, zoneKey], start), start);
  expect(statesOf(rootKeys)).toEqual({ old: 'valid' });
  expect(observe(begun, set([old, next], [old], start), start + 20 * dayMs).verified).toBe(false);
});

test('observe(): a pending key signs for nobody', () => {
  const { rootKeys } = observe(begun, set([old, next], [old], start), start);
  const { verified } = observe(rootKeys, set([old, next, stranger], [next], start + dayMs), start + dayMs);
  expect(verified).toBe(false);
});

test('observe(): a key that is gone stays trusted as missing, for a year if there is another (RFC 5011 §4)', () => {
  const both = withSystemKeys(begun, [keyOf(next)], start);
  const publish = (atMs: number) => set([next], [next], atMs);
  const later = live(both, 366, publish);
  expect(statesOf(later)).toEqual({ old: 'missing', next: 'valid' });
  expect(trusted(later)).toEqual(['old', 'next']);
  expect(
    statesOf(observe(later, set([old, next], [old], start + 366 * dayMs), start + 366 * dayMs).rootKeys),
  ).toEqual({
    old: 'valid',
    next: 'valid',
  });
  expect(statesOf(live(both, 368, publish))).toEqual({ next: 'valid' });
});

test('observe(): a key that revokes itself is trusted no more, and not again (RFC 5011 §2.1)', () => {
  const both = withSystemKeys(begun, [keyOf(next)], start);
  const revoked = reflagged(old, 257 + 128);
  const observed = observe(both, set([revoked, next], [revoked, next], start), start);
  expect(statesOf(observed.rootKeys)).toEqual({ old: 'revoked', next: 'valid' });
  expect(observed.changes).toEqual([{ keyTag: keyTag(old.rdata), from: 'valid', to: 'revoked' }]);
  const months = live(observed.rootKeys, 40, (atMs) => set([old, next], [next], atMs));
  expect(statesOf(months)).toEqual({ old: 'removed', next: 'valid' });
  expect(trusted(withSystemKeys(months, [keyOf(old)], start + 41 * dayMs))).toEqual(['next']);
});

test('observe(): somebody else cannot revoke it', () => {
  const both = withSystemKeys(begun, [keyOf(next)], start);
  const revoked = reflagged(old, 257 + 128);
  const observed = observe(both, set([revoked, next], [next], start), start);
  // It is not in the set as it was.
  expect(statesOf(observed.rootKeys)).toEqual({ old: 'missing', next: 'valid' });
});

test('observe(): the last key may revoke itself: nothing is trusted then, and nothing is added', () => {
  const revoked = reflagged(old, 257 + 128);
  const { rootKeys, verified } = observe(begun, set([revoked, next], [revoked], start), start);
  expect([trusted(rootKeys), verified, statesOf(rootKeys)]).toEqual([[], false, { old: 'revoked' }]);
});

test.each([
  ['half of the TTL', 172_800, 24 * hourMs],
  ['at least an hour', 60, hourMs],
  ['half of what the signature lasts', 40 * 86_400, 5 * 24 * hourMs],
])('observe(): looks again after %s (RFC 5011 §2.3)', (_, ttl, waitMs) => {
  expect(observe(begun, set([old], [old], start, ttl), start).rootKeys.nextMs - start).toBe(waitMs);
});

test('observe(): and after a tenth of those if it did not verify; after an hour if there was nothing', () => {
  expect(observe(begun, set([old], [stranger], start), start).rootKeys.nextMs - start).toBe(17_280_000);
  expect(observe(begun, set([old], [], start), start).rootKeys.nextMs - start).toBe(hourMs);
  expect(observeNothing(begun, start).nextMs - start).toBe(hourMs);
});

test('observe(): more keys than any root has are not all remembered', () => {
  let rootKeys = begun;
  for (let round = 0; round < 5; round++) {
    const keys = Array.from({ length: 20 }, () => makeSigningKey(15));
    const pending = rootKeys.keys
      .slice(1)
      .map(({ key }) => ({ ...makeSigningKey(15), rdata: Buffer.from(key.rdata) }));
    const published = [...pending.slice(0, 10), ...keys.slice(0, 20)];
    ({ rootKeys } = observe(rootKeys, set([old, ...published], [old], start), start));
  }
  expect(rootKeys.keys.length).toBeLessThanOrEqual(64);
});
