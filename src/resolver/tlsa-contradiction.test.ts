import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import { refuseContradictions } from './tlsa-contradiction.ts';

const owner = '_25._tcp.mx.example';
const failed: Answer<never> = { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL' };
const found = (secure: boolean, aliases: readonly string[] = []): Answer<unknown> => ({
  kind: 'found',
  records: ['x'],
  secure,
  name: aliases.length === 0 ? owner : 'tlsa.example',
  aliases,
  ttl: 9,
});
const absent = (secure: boolean): Answer<never> => ({
  kind: 'absent',
  denial: 'NODATA',
  secure,
  name: owner,
  aliases: [],
  ttl: 9,
});

function setUp(world: Readonly<Record<string, Answer<unknown>>>) {
  const asked: string[] = [];
  const lookup: Lookup = async (name, type) => {
    asked.push(`${type} ${name}`);
    return (world[`${type} ${name}`] ?? failed) as Answer<never>;
  };
  return { asked, lookup: refuseContradictions(lookup) };
}

test('refuseContradictions(): TLSA records without AD at a name that is proved to be in a signed zone', async () => {
  const { lookup } = setUp({ [`TLSA ${owner}`]: found(false), [`CNAME ${owner}`]: absent(true) });
  expect(await lookup(owner, 'TLSA')).toMatchObject({ kind: 'failed', cause: 'malformed' });
});

test('refuseContradictions(): the same at the end of a signed alias', async () => {
  const { lookup } = setUp({
    [`TLSA ${owner}`]: found(false, [owner]),
    [`CNAME ${owner}`]: found(true),
    'CNAME tlsa.example': absent(true),
  });
  expect(await lookup(owner, 'TLSA')).toMatchObject({ kind: 'failed', cause: 'malformed' });
});

test.each([
  ['a zone that is not signed', { [`TLSA ${owner}`]: found(false), [`CNAME ${owner}`]: absent(false) }],
  [
    'an alias that is not signed',
    { [`TLSA ${owner}`]: found(false, [owner]), [`CNAME ${owner}`]: found(false) },
  ],
  [
    'an alias into a zone that is not signed',
    {
      [`TLSA ${owner}`]: found(false, [owner]),
      [`CNAME ${owner}`]: found(true),
      'CNAME tlsa.example': absent(false),
    },
  ],
])('refuseContradictions(): %s is none', async (_, world) => {
  expect(await setUp(world).lookup(owner, 'TLSA')).toEqual(world[`TLSA ${owner}`]);
});

test('refuseContradictions(): what cannot be judged has failed', async () => {
  const { lookup } = setUp({ [`TLSA ${owner}`]: found(false) });
  expect(await lookup(owner, 'TLSA')).toBe(failed);
});

test.each([
  ['signed records', 'TLSA', found(true)],
  ['no records', 'TLSA', absent(false)],
  ['other types', 'A', found(false)],
] as const)('refuseContradictions(): %s cost no other lookup', async (_, type, answer) => {
  const { asked, lookup } = setUp({ [`${type} ${owner}`]: answer });
  expect(await lookup(owner, type)).toEqual(answer);
  expect(asked).toHaveLength(1);
});
