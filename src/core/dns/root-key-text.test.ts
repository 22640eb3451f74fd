import { expect, test } from 'vitest';
import { makeSigningKey } from '../../../test/support/root-key-signing.ts';
import { parseDnskey } from './dnskey.ts';
import type { Dnskey } from './dnskey.ts';
import { parseRootKeys, printRootKeys } from './root-key-text.ts';
import type { KeyState, RootKeys } from './root-keys.ts';
import { rootAnchorLine } from './trust-anchors.ts';

const key = (): Dnskey => {
  const parsed = parseDnskey(makeSigningKey().rdata);
  if (parsed === undefined) throw new Error('no key');
  return { ...parsed, rdata: Buffer.from(parsed.rdata), publicKey: Buffer.from(parsed.publicKey) };
};
const states: readonly KeyState[] = ['pending', 'valid', 'missing', 'revoked', 'removed'];

test('parseRootKeys(): what printRootKeys() has written', () => {
  const rootKeys: RootKeys = {
    keys: states.map((state, at) => ({
      key: key(),
      state,
      sinceMs: 1_700_000_000_000 + at * 1000,
      seen: state === 'pending' ? 17 : 0,
    })),
    queriedMs: 1_700_000_100_000,
    succeededMs: 1_700_000_000_000,
    nextMs: 1_700_086_400_000,
  };
  expect(parseRootKeys(printRootKeys(rootKeys))).toEqual(rootKeys);
});

test('parseRootKeys(): a file of Unbound', () => {
  const [valid, pending, met] = [key(), key(), key()];
  const base64 = (one: Dnskey) => rootAnchorLine(one).split(' ').at(-1);
  const text = `; autotrust trust anchor file
;;id: . 1
;;last_queried: 1795900000 ;;Sat Nov 28 21:06:40 2026
;;last_success: 1795900000 ;;Sat Nov 28 21:06:40 2026
;;next_probe_time: 1795942000 ;;Sun Nov 29 08:46:40 2026
;;query_failed: 0
;;query_interval: 43200
;;retry_time: 8640
.	86400	IN	DNSKEY	257 3 13 ${base64(valid)} ;{id = 1 (ksk), size = 256b} ;;state=2 [  VALID  ] ;;count=0 ;;lastchange=1700000000 ;;Tue Nov 14 22:13:20 2023
.	86400	IN	DNSKEY	257 3 13 ${base64(pending)} ;{id = 2 (ksk), size = 256b} ;;state=1 [ ADDPEND ] ;;count=60 ;;lastchange=1795800000 ;;Fri Nov 27 17:20:00 2026
.	86400	IN	DNSKEY	257 3 13 ${base64(met)} ;{id = 3 (ksk), size = 256b} ;;state=0 [  START  ] ;;count=0 ;;lastchange=1795800000 ;;Fri Nov 27 17:20:00 2026
`;
  expect(parseRootKeys(text)).toEqual({
    keys: [
      { key: valid, state: 'valid', sinceMs: 1_700_000_000_000, seen: 0 },
      { key: pending, state: 'pending', sinceMs: 1_795_800_000_000, seen: 60 },
    ],
    queriedMs: 1_795_900_000_000,
    succeededMs: 1_795_900_000_000,
    nextMs: 1_795_942_000_000,
  });
});

test('parseRootKeys(): a plain zone file is one of valid keys; rubbish is none', () => {
  const plain = key();
  expect(parseRootKeys(`${rootAnchorLine(plain)} ; keytag 1\n`).keys).toEqual([
    { key: plain, state: 'valid', sinceMs: 0, seen: 0 },
  ]);
  expect(parseRootKeys('nonsense\n\0\n. IN DS 1 2 3 00\n;;next_probe_time: x').keys).toEqual([]);
});
