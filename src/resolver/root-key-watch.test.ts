import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeSigningKey, reflagged, signedSet } from '../../test/support/root-key-signing.ts';
import type { SigningKey } from '../../test/support/root-key-signing.ts';
import type { Failed } from '../core/dns/answer.ts';
import { keyTag, parseDnskey } from '../core/dns/dnskey.ts';
import { noRootKeys, trustedKeys, withSystemKeys } from '../core/dns/root-keys.ts';
import type { RootKeys } from '../core/dns/root-keys.ts';
import { watchRootKeys } from './root-key-watch.ts';

const dayMs = 86_400_000;
const [old, next] = [makeSigningKey(), makeSigningKey()];
const silence: Failed = { kind: 'failed', cause: 'timeout', detail: 'no reply' };

let known: RootKeys;
let published: SigningKey[];
let signers: SigningKey[];
let sound: boolean;
let silent: boolean;
let asked: number;
let lines: string[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  const key = parseDnskey(old.rdata);
  known = withSystemKeys(noRootKeys, key === undefined ? [] : [key], Date.now());
  [published, signers, sound, silent, asked, lines] = [[old], [old], true, false, 0, []];
  ({ stop } = watchRootKeys({
    known: () => known,
    keep: async (rootKeys) => void (known = rootKeys),
    ask: async () => {
      asked += 1;
      const times = { inceptionMs: Date.now() - 10 * dayMs, expirationMs: Date.now() + 10 * dayMs };
      return silent ? silence : signedSet(published, signers, times);
    },
    isSound: () => sound,
    say: (severity, text) => lines.push(`${severity} ${text}`),
    now: Date.now,
  }));
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const trusted = () => trustedKeys(known).map(({ rdata }) => keyTag(rdata));

test('watchRootKeys(): looks once a day, for that is half of the TTL, and says nothing while nothing changes', async () => {
  await pass(10 * dayMs);
  expect(asked).toBeGreaterThanOrEqual(9);
  expect(asked).toBeLessThanOrEqual(10);
  expect(lines).toEqual([]);
});

test('watchRootKeys(): a rollover, from the first sight of the key to the revocation of the old one', async () => {
  published = [old, next];
  await pass(32 * dayMs);
  expect(trusted()).toEqual([keyTag(old.rdata), keyTag(next.rdata)]);
  published = [reflagged(old, 257 + 128), next];
  signers = [reflagged(old, 257 + 128), next];
  await pass(2 * dayMs);
  expect(trusted()).toEqual([keyTag(next.rdata)]);
  expect(lines).toEqual([
    `info root key ${keyTag(next.rdata)}: new, trusted after 30 days in which it stays`,
    `info root key ${keyTag(next.rdata)}: trusted from now on`,
    `warning root key ${keyTag(old.rdata)}: revoked, not trusted any more`,
  ]);
});

test('watchRootKeys(): asks nobody while the resolver does not validate', async () => {
  sound = false;
  await pass(5 * dayMs);
  expect(asked).toBe(0);
  sound = true;
  await pass(60_000);
  expect(asked).toBe(1);
});

test('watchRootKeys(): tries again each hour, and tells the third time', async () => {
  silent = true;
  await pass(2 * 3_600_000 + 120_000);
  expect([asked, lines]).toEqual([3, ['warning root keys: could not be looked at again: no reply']]);
  await pass(5 * 3_600_000);
  expect(lines).toHaveLength(1);
  silent = false;
  await pass(dayMs);
  signers = [next];
  await pass(2 * dayMs);
  expect(lines.slice(1)).toEqual([
    'warning root keys: could not be looked at again: their signatures are not by a key that is trusted here, or not for this time',
  ]);
});
