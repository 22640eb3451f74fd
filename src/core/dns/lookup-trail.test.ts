import { expect, test } from 'vitest';
import type { Answer, Lookup } from './answer.ts';
import { recordLookups } from './lookup-trail.ts';

function lookupOf(answers: Readonly<Record<string, Promise<Answer<unknown>>>>): Lookup {
  return (async (name: string, type: string) => answers[`${name} ${type}`]) as unknown as Lookup;
}

const found = (...records: unknown[]): Answer<unknown> => ({
  kind: 'found',
  records,
  secure: true,
  name: 'a.test',
  aliases: [],
  ttl: 60,
});
const failed: Answer<unknown> = { kind: 'failed', cause: 'timeout', detail: 'no answer' };

test('recordLookups(): keeps the order of the questions, whichever is answered first', async () => {
  let answerLate: (answer: Answer<unknown>) => void = () => {};
  const late = new Promise<Answer<unknown>>((resolve) => {
    answerLate = resolve;
  });
  const base = lookupOf({ 'a.test A': late, 'a.test MX': Promise.resolve(failed) });
  let time = 0;
  const { lookup, trail } = recordLookups(base, () => (time += 1));
  const first = lookup('a.test', 'A');
  expect(await lookup('a.test', 'MX')).toBe(failed);
  expect(trail().lookups.map(({ type }) => type)).toEqual(['MX']);
  answerLate(found('192.0.2.1'));
  await first;
  expect(trail()).toEqual({
    lookups: [
      { name: 'a.test', type: 'A', at: 2, answer: found('192.0.2.1') },
      { name: 'a.test', type: 'MX', at: 1, answer: failed },
    ],
    leftOut: 0,
  });
});

test('recordLookups(): a lookup that is given up stays given up, and is not in the trail', async () => {
  const reason = new Error('stop');
  const { lookup, trail } = recordLookups(lookupOf({ 'a.test A': Promise.reject(reason) }), Date.now);
  await expect(lookup('a.test', 'A')).rejects.toBe(reason);
  expect(trail()).toEqual({ lookups: [], leftOut: 0 });
});

test('recordLookups(): the signal goes on to whom it is for', async () => {
  const { signal } = new AbortController();
  let seen: AbortSignal | undefined;
  const base = ((_name: string, _type: string, given?: AbortSignal) => {
    seen = given;
    return Promise.resolve(failed);
  }) as unknown as Lookup;
  await recordLookups(base, Date.now).lookup('a.test', 'A', signal);
  expect(seen).toBe(signal);
});

test('recordLookups(): keeps no more than it may, and gives all that was answered', async () => {
  const many = found(...Array.from({ length: 5 }, (_, at) => `192.0.2.${at}`));
  const base = (async () => many) as unknown as Lookup;
  const { lookup, trail } = recordLookups(base, () => 0, { lookups: 2, records: 3 });
  for (let nth = 0; nth < 4; nth++) expect(await lookup(`${nth}.test`, 'A')).toBe(many);
  const { lookups, leftOut } = trail();
  expect(lookups).toHaveLength(2);
  expect(leftOut).toBe(2);
  expect(lookups[0]).toMatchObject({
    answer: { records: ['192.0.2.0', '192.0.2.1', '192.0.2.2'] },
    recordsLeftOut: 2,
  });
});

test('recordLookups(): of a question that is asked again, the newest answer is kept, also beyond the limit', async () => {
  const answers = [found('192.0.2.1'), failed, found('192.0.2.2'), found('192.0.2.3')];
  const base = (async () => answers.shift()) as unknown as Lookup;
  let time = 0;
  const { lookup, trail } = recordLookups(base, () => (time += 1), { lookups: 2, records: 3 });
  for (const name of ['a.test', 'b.test', 'c.test', 'a.test']) await lookup(name, 'A');
  expect(trail()).toEqual({
    lookups: [
      { name: 'a.test', type: 'A', at: 3, answer: found('192.0.2.3') },
      { name: 'b.test', type: 'A', at: 2, answer: failed },
    ],
    leftOut: 1,
  });
});
