import { expect, test } from 'vitest';
import { makeSigningKey, reflagged, signedSet } from '../../test/support/root-key-signing.ts';
import { parseDnskey } from '../core/dns/dnskey.ts';
import { rootAnchorLine } from '../core/dns/trust-anchors.ts';
import { complaint } from './trial.ts';

const now = Date.UTC(2026, 10, 29);
const times = { inceptionMs: now - 1000, expirationMs: now + 1000 };
const [key, other] = [makeSigningKey(), makeSigningKey()];
const anchor = (rdata: Uint8Array): string => {
  const parsed = parseDnskey(rdata);
  if (parsed === undefined) throw new Error('no key');
  return rootAnchorLine(parsed);
};
const anchors = [anchor(key.rdata)];
const revoked = reflagged(key, 257 + 128);

test.each([
  ['signed by a key that is trusted', signedSet([key, other], [key], times), ''],
  ['signed by others', signedSet([key, other], [other], times), 'not signed by one that is trusted here'],
  [
    'signed by one that is revoked',
    signedSet([revoked], [revoked], times),
    'not signed by one that is trusted here',
  ],
  ['without signatures', signedSet([key], [], times), 'it strips DNSSEC signatures'],
  ['without keys', { keys: [], signatures: [] }, 'it does not know the keys of the root'],
  ['no answer', { kind: 'failed', cause: 'REFUSED', detail: 'REFUSED' }, 'REFUSED'],
] as const)('complaint(): a set %s', (_, keys, expected) => {
  const found = complaint(keys, anchors, now);
  if (expected === '') expect(found).toBe('');
  else expect(found).toContain(expected);
});

test('complaint(): a signature that is out of date', () => {
  expect(complaint(signedSet([key], [key], times), anchors, now + 10_000)).toContain('not for this time');
});

test('complaint(): where trust begins below the root, signatures are all that can be asked for', () => {
  const below = ['example. IN DS 1 13 2 00'];
  expect(complaint(signedSet([other], [other], times), below, now)).toBe('');
  expect(complaint(signedSet([other], [], times), below, now)).toBe('it strips DNSSEC signatures');
});
