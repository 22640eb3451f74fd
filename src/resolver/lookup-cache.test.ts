import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { createLookupCache } from './lookup-cache.ts';

function found(
  ttl: number,
  records: readonly RecordOf[RecordType][] = ['192.0.2.1'],
): Answer<RecordOf[RecordType]> {
  return { kind: 'found', records, secure: true, name: 'a.example', aliases: [], ttl };
}

function setUp(reply: Answer<RecordOf[RecordType]>, maxEntries = 10) {
  const asked: string[] = [];
  const clock = { ms: 1_000_000 };
  const { lookup, fresh, clear } = createLookupCache({
    lookup: async <T extends RecordType>(name: string, type: T) => {
      asked.push(`${type} ${name}`);
      return reply as Answer<RecordOf[T]>;
    },
    maxEntries,
    now: () => clock.ms,
  });
  return { asked, clock, lookup, fresh, clear };
}

/** Seconds for which an answer is given again without being asked for. */
async function kept(reply: Answer<RecordOf[RecordType]>, type: RecordType = 'A'): Promise<number> {
  const { asked, clock, lookup } = setUp(reply);
  await lookup('a.example', type);
  const startMs = clock.ms;
  for (const seconds of [0, 1, 5, 100, 3600, 86_400]) {
    clock.ms = startMs + seconds * 1000 - 1;
    await lookup('a.example', type);
    if (asked.length > 1) return seconds;
    clock.ms += 1;
    await lookup('a.example', type);
    if (asked.length > 1) return seconds;
  }
  return Infinity;
}

const absent: Answer<never> = {
  kind: 'absent',
  denial: 'NODATA',
  secure: true,
  name: 'a.example',
  aliases: [],
  ttl: 7200,
};

test.each([
  ['as long as it says', found(5), 'A', 5],
  ['not at all with TTL 0', found(0), 'A', 0],
  ['an hour at most', found(86_400), 'A', 3600],
  ['100 seconds at most if TLSA', found(86_400, []), 'TLSA', 100],
  ['100 seconds at most if no TLSA', absent, 'TLSA', 100],
  ['an hour at most if a denial', absent, 'A', 3600],
  ['a second if failed', { kind: 'failed', cause: 'timeout', detail: '' }, 'A', 1],
  ['not at all if huge', found(60, ['x'.repeat(9000)]), 'A', 0],
] as const)('createLookupCache(): an answer is kept %s', async (_, reply, type, seconds) => {
  expect(await kept(reply, type)).toBe(seconds);
});

test('createLookupCache(): an answer from the cache lasts for what is left of it', async () => {
  const { clock, lookup } = setUp(found(60));
  expect(await lookup('a.example', 'A')).toMatchObject({ ttl: 60 });
  clock.ms += 20_500;
  expect(await lookup('A.Example.', 'A')).toEqual({ ...found(60), ttl: 40 });
});

test('createLookupCache(): the answer not used for longest goes first', async () => {
  const { asked, lookup } = setUp(found(60), 2);
  for (const name of ['a.example', 'b.example', 'a.example', 'c.example', 'a.example', 'b.example']) {
    await lookup(name, 'A');
  }
  expect(asked).toEqual(['A a.example', 'A b.example', 'A c.example', 'A b.example']);
});

test('createLookupCache(): types are kept apart', async () => {
  const { asked, lookup } = setUp(found(60));
  await lookup('a.example', 'A');
  await lookup('a.example', 'AAAA');
  expect(asked).toHaveLength(2);
});

test('createLookupCache(): identical lookups in flight are one', async () => {
  const { asked, lookup } = setUp(found(0));
  await Promise.all([lookup('a.example', 'A'), lookup('a.example', 'A')]);
  expect(asked).toHaveLength(1);
});

test('createLookupCache(): an aborted caller gets no answer, not even a known one', async () => {
  const { lookup } = setUp(found(60));
  await lookup('a.example', 'A');
  await expect(lookup('a.example', 'A', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
});

test('createLookupCache(): an answer that is not signed is asked for again, so that it does not outlive a resolver in trouble', async () => {
  expect(await kept({ ...found(3600), secure: false } as Answer<string>)).toBe(0);
  expect(await kept({ ...absent, secure: false })).toBe(0);
});

test('clear(): nothing is known any more', async () => {
  const { asked, lookup, clear } = setUp(found(60));
  await lookup('a.example', 'A');
  clear();
  await lookup('a.example', 'A');
  expect(asked).toHaveLength(2);
});

test('clear(): an answer that was under way is given to those who wait for it, and not kept', async () => {
  const { asked, lookup, clear } = setUp(found(60));
  const early = lookup('a.example', 'A');
  clear();
  expect(await early).toEqual(found(60));
  await lookup('a.example', 'A');
  await lookup('a.example', 'A');
  expect(asked).toHaveLength(2);
});

test('createLookupCache(): a fresh lookup passes by what is kept, and takes its place', async () => {
  const answers = [found(60, ['192.0.2.1']), found(60, ['192.0.2.2'])];
  const { lookup, fresh } = createLookupCache({
    lookup: (async () => answers.shift()) as unknown as Lookup,
    maxEntries: 10,
    now: () => 0,
  });
  await lookup('a.example', 'A');
  expect(await fresh('a.example', 'A')).toMatchObject({ records: ['192.0.2.2'] });
  expect(await lookup('a.example', 'A')).toMatchObject({ records: ['192.0.2.2'] });
});

test('createLookupCache(): a fresh lookup that fails leaves an answer that is good still', async () => {
  const failed = { kind: 'failed', cause: 'SERVFAIL', detail: '' };
  const answers = [found(60, ['192.0.2.1']), failed, failed];
  let now = 0;
  const { lookup, fresh } = createLookupCache({
    lookup: (async () => answers.shift()) as unknown as Lookup,
    maxEntries: 10,
    now: () => now,
  });
  await lookup('a.example', 'A');
  expect(await fresh('a.example', 'A')).toMatchObject({ kind: 'failed' });
  expect(await lookup('a.example', 'A')).toMatchObject({ records: ['192.0.2.1'] });
  now = 61_000;
  expect(await lookup('a.example', 'A')).toMatchObject({ kind: 'failed' });
});
