import { expect, test } from 'vitest';
import type { Answer } from '../core/dns/answer.ts';
import { joinLookups, lookupKey } from './joined-lookups.ts';
import type { AbortableLookup } from './joined-lookups.ts';

interface Asked {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly answer: (answer: Answer<never>) => void;
}

/** A lookup that waits to be answered, and gives up when it is aborted. */
function waitingLookup(): { asked: Asked[]; lookup: AbortableLookup } {
  const asked: Asked[] = [];
  return {
    asked,
    lookup: (name, type, signal) =>
      new Promise((answer, reject) => {
        asked.push({ key: lookupKey(name, type), signal, answer });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };
}

const answer: Answer<never> = { kind: 'failed', cause: 'timeout', detail: 'x' };
const gone = new Error('gone');

test('lookupKey(): one for every spelling of a name, and none for what only looks like it', () => {
  expect(lookupKey('A.Example.', 'A')).toBe(lookupKey('a.example', 'A'));
  expect(lookupKey('a.example', 'A')).not.toBe(lookupKey('a.example', 'MX'));
  expect(lookupKey('\u212A.example', 'A')).not.toBe(lookupKey('k.example', 'A'));
});

test('joinLookups(): the same question in flight is asked once, and again when it has landed', async () => {
  const { asked, lookup } = waitingLookup();
  const joined = joinLookups(lookup);
  const both = Promise.all([joined.lookup('a.example', 'A'), joined.lookup('A.example.', 'A')]);
  void joined.lookup('a.example', 'MX');
  expect(asked.map(({ key }) => key)).toEqual(['A a.example', 'MX a.example']);
  asked[0]?.answer(answer);
  expect(await both).toEqual([answer, answer]);
  void joined.lookup('a.example', 'A');
  expect(asked).toHaveLength(3);
});

test('joinLookups(): who aborts leaves alone', async () => {
  const { asked, lookup } = waitingLookup();
  const joined = joinLookups(lookup);
  const abort = new AbortController();
  const impatient = joined.lookup('a.example', 'A', abort.signal);
  const patient = joined.lookup('a.example', 'A', new AbortController().signal);
  abort.abort(gone);
  await expect(impatient).rejects.toBe(gone);
  expect(asked[0]?.signal.aborted).toBe(false);
  asked[0]?.answer(answer);
  expect(await patient).toBe(answer);
});

test('joinLookups(): the lookup is aborted with its last caller, and the next caller starts anew', async () => {
  const { asked, lookup } = waitingLookup();
  const joined = joinLookups(lookup);
  const abort = new AbortController();
  const first = joined.lookup('a.example', 'A', abort.signal);
  const second = joined.lookup('a.example', 'A', abort.signal);
  abort.abort(gone);
  const third = joined.lookup('a.example', 'A');
  await expect(first).rejects.toBe(gone);
  await expect(second).rejects.toBe(gone);
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(asked).toHaveLength(2);
  asked[1]?.answer(answer);
  expect(await third).toBe(answer);
});

test('joinLookups(): an aborted signal asks nothing', async () => {
  const { asked, lookup } = waitingLookup();
  await expect(joinLookups(lookup).lookup('a.example', 'A', AbortSignal.abort(gone))).rejects.toBe(gone);
  expect(asked).toHaveLength(0);
});

test('joinLookups(): abort() ends all', async () => {
  const { lookup } = waitingLookup();
  const joined = joinLookups(lookup);
  const waiting = joined.lookup('a.example', 'A');
  joined.abort(gone);
  await expect(waiting).rejects.toBe(gone);
});
