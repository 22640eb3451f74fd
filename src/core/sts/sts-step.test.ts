import { describe, expect, test } from 'vitest';
import type { Answer } from '../dns/answer.ts';
import type { KnownPolicy } from './sts-finding.ts';
import type { StsMode } from './sts-policy.ts';
import {
  afterFailedFetch,
  nextRefresh,
  nextRetry,
  stsStep,
  txtLifeMs,
  txtState,
  type TxtState,
} from './sts-step.ts';

const now = 1_000_000;
const day = 86_400_000;

function known(mode: StsMode, expiresAt = now + 1): KnownPolicy {
  return { policy: { mode, maxAge: 1, mx: ['mx.test'], lines: [] }, id: 'a', fetchedAt: 0, expiresAt };
}

const states: Readonly<Record<string, TxtState>> = {
  'same id': { kind: 'record', id: 'a' },
  'other id': { kind: 'record', id: 'b' },
  none: { kind: 'none' },
  invalid: { kind: 'invalid', detail: '2 records' },
  SERVFAIL: { kind: 'failed', detail: 'SERVFAIL' },
};

/** What comes of it: `fetch b`, `known`, `nothing`, with the code of a trouble. */
function step(stored: KnownPolicy | undefined, txt: string): string {
  const state = states[txt];
  if (state === undefined) throw new Error(txt);
  const found = stsStep(stored, state, now);
  if (found.kind === 'fetch') return `fetch ${found.id}`;
  const words = found.known === undefined ? 'nothing' : 'known';
  return found.trouble === undefined ? words : `${words}, ${found.trouble.code}`;
}

describe('stsStep()', () => {
  test.each([
    ['nothing is known', undefined, 'same id', 'fetch a'],
    ['nothing is known', undefined, 'none', 'nothing'],
    ['nothing is known', undefined, 'invalid', 'nothing'],
    ['nothing is known', undefined, 'SERVFAIL', 'nothing'],
    ['enforce is known', known('enforce'), 'same id', 'known'],
    ['enforce is known', known('enforce'), 'other id', 'fetch b'],
    ['enforce is known', known('enforce'), 'none', 'known, txt-missing'],
    ['enforce is known', known('enforce'), 'invalid', 'known, txt-invalid'],
    ['enforce is known', known('enforce'), 'SERVFAIL', 'known, txt-lookup'],
    ['none is known', known('none'), 'none', 'known'],
    ['none is known', known('none'), 'SERVFAIL', 'known'],
    ['none is known', known('none'), 'other id', 'fetch b'],
    ['what was known has expired', known('enforce', now), 'same id', 'fetch a'],
    ['what was known has expired', known('enforce', now), 'none', 'nothing'],
    ['what was known has expired', known('enforce', now), 'SERVFAIL', 'nothing'],
  ])('%s, %#: TXT %s', (_, stored, txt, expected) => {
    expect(step(stored, txt)).toBe(expected);
  });

  test('a fetch that fails leaves what was known, and nothing that has expired', () => {
    const trouble = { type: 'sts-policy-fetch-error', code: 'http-404', detail: '' } as const;
    expect(afterFailedFetch(known('enforce'), trouble, now).known).toEqual(known('enforce'));
    expect(afterFailedFetch(known('enforce', now), trouble, now)).toEqual({ kind: 'applies', trouble });
  });
});

test('an answer that could not be had is none, and is asked for again within a minute', () => {
  const failed: Answer<string> = { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL: bogus' };
  expect(txtState(failed)).toEqual({ kind: 'failed', detail: 'SERVFAIL: bogus' });
  expect(txtLifeMs(failed)).toBe(60_000);
});

test('an answer counts as long as its TTL says, for five minutes at most', () => {
  const absent = (ttl: number): Answer<string> => ({
    kind: 'absent',
    denial: 'NXDOMAIN',
    secure: false,
    name: 'a',
    aliases: [],
    ttl,
  });
  expect(txtState(absent(1))).toEqual({ kind: 'none' });
  expect([0, 60, 86_400].map((ttl) => txtLifeMs(absent(ttl)))).toEqual([1_000, 60_000, 300_000]);
});

test.each<[string, number, number, number]>([
  ['a year: about daily', 365 * day, 0.75 * day, day],
  ['a day: before it expires', day, 0.5625 * day, 0.75 * day],
  ['an hour', day / 24, 0.5625 * (day / 24), 0.75 * (day / 24)],
])('nextRefresh(): %s', (_, life, earliest, latest) => {
  expect(nextRefresh({ fetchedAt: 5, expiresAt: 5 + life }, 0)).toBe(5 + earliest);
  expect(nextRefresh({ fetchedAt: 5, expiresAt: 5 + life }, 1)).toBe(5 + latest);
});

test.each([
  [1, 1],
  [2, 2],
  [4, 8],
  [6, 24],
  [2_000, 24],
])('nextRetry(): %i failures: about %i hours', (times, hours) => {
  const retry = (dice: number): number => nextRetry({ expiresAt: Infinity }, { times, at: 5 }, dice);
  const hour = day / 24;
  expect([retry(0), retry(1)]).toEqual([5 + 0.75 * hours * hour, 5 + 1.25 * hours * hour]);
});

test('nextRetry(): no later than the policy expires', () => {
  expect(nextRetry({ expiresAt: 1_000 }, { times: 9, at: 5 }, 0.5)).toBe(1_000);
});
