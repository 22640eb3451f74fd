import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import { publicProbes } from './public-probes.ts';

const settled = { name: 'x', aliases: [], ttl: 1 };
const answers = {
  signed: { kind: 'found', records: ['x'], secure: true, ...settled },
  plain: { kind: 'found', records: ['x'], secure: false, ...settled },
  gone: { kind: 'absent', denial: 'NXDOMAIN', secure: true, ...settled },
  'gone unsigned': { kind: 'absent', denial: 'NXDOMAIN', secure: false, ...settled },
  rejected: { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL: DNSSEC Bogus' },
  silence: { kind: 'failed', cause: 'timeout', detail: 'no reply' },
} as const satisfies Record<string, Answer<unknown>>;
type Said = keyof typeof answers;

const unsignedNames = ['google.com', 'amazon.com', 'microsoft.com'];
const bogusNames = ['dnssec-failed.org', 'rhybar.cz', 'fail01.dnssec.works'];

/** What a server says of the names in their order. */
function server(unsigned: readonly Said[], bogus: readonly Said[] = ['rejected', 'rejected', 'rejected']) {
  const said = new Map(
    [...unsignedNames, ...bogusNames].map((name, at) => [name, [...unsigned, ...bogus][at]]),
  );
  const asked: string[] = [];
  const lookup = (async (name: string) => {
    asked.push(name);
    return answers[said.get(name) ?? 'silence'];
  }) as unknown as Lookup;
  return { lookup, asked, said };
}
const ask = async (unsigned: readonly Said[], bogus?: readonly Said[]) => {
  const { lookup, asked } = server(unsigned, bogus);
  const { kind } = await publicProbes(lookup, ['unsigned', 'bogus'], () => 0).ask(true);
  return { kind, asked: asked.length };
};
const honest: readonly Said[] = ['plain', 'plain', 'plain'];

test.each([
  ['honest', honest, undefined, 'validates', 2],
  ['one name has been signed', ['signed', 'plain', 'plain'], undefined, 'validates', 3],
  ['two have', ['signed', 'signed', 'plain'], undefined, 'validates', 4],
  ['it signs everything', ['signed', 'signed', 'signed'], undefined, 'signs everything', 4],
  ['it does, and a name is gone', ['gone', 'signed', 'signed'], undefined, 'signs everything', 4],
  [
    'one name is left, and that one is signed',
    ['gone', 'gone unsigned', 'signed'],
    undefined,
    'validates',
    4,
  ],
  ['all are gone', ['gone', 'gone', 'gone'], ['gone', 'gone unsigned', 'gone'], 'validates', 6],
  [
    'the Internet is out of reach',
    ['silence', 'silence', 'silence'],
    ['silence', 'silence', 'silence'],
    'validates',
    2,
  ],
  ['one has been repaired', honest, ['signed', 'rejected', 'rejected'], 'validates', 3],
  ['one is not signed any more', honest, ['plain', 'rejected', 'rejected'], 'validates', 3],
  ['it accepts what is bogus', honest, ['plain', 'plain', 'signed'], 'accepts bogus', 4],
  ['it does, and a name is gone', honest, ['plain', 'gone unsigned', 'plain'], 'accepts bogus', 4],
  ['it does, and then the network ends', honest, ['plain', 'silence', 'plain'], 'validates', 3],
] as const)('publicProbes(): %s', async (_, unsigned, bogus, kind, asked) => {
  expect(await ask(unsigned, bogus)).toEqual({ kind, asked });
});

test('publicProbes(): the words, and none where nothing was proved', async () => {
  const what = async (unsigned: readonly Said[], bogus?: readonly Said[]) =>
    (await publicProbes(server(unsigned, bogus).lookup, ['unsigned', 'bogus'], () => 0).ask(true)).what;
  expect(await what(honest)).toBe(
    "unsigned_probe 'soa:google.com' received an unsigned one, bogus_probe 'a:dnssec-failed.org' was rejected",
  );
  expect(await what(['signed', 'signed', 'signed'])).toBe(
    "unsigned_probe 'soa:google.com' received a response marked as DNSSEC validated though it is not signed, " +
      'and 2 others like it did too',
  );
  expect(await what(['silence'], ['gone', 'gone', 'gone'])).toBe('');
});

test('publicProbes(): asked once an hour, once a minute in doubt, and only what is wished for', async () => {
  let nowMs = 0;
  const { lookup, asked, said } = server(honest);
  const probes = publicProbes(lookup, ['unsigned'], () => nowMs);
  const askAt = async (ms: number, isTrusted: boolean) => {
    nowMs = ms;
    return (await probes.ask(isTrusted)).kind;
  };
  await askAt(0, false);
  await askAt(59_999, false);
  expect(asked).toHaveLength(1);
  await askAt(60_000, false);
  await askAt(60_000 + 3_599_999, true);
  expect(asked).toHaveLength(2);
  for (const name of unsignedNames) said.set(name, 'signed');
  expect(await askAt(60_000 + 3_600_000, true)).toBe('signs everything');
  expect(await askAt(60_000 + 3_659_999, false)).toBe('signs everything');
  expect(asked).toHaveLength(5);
  for (const name of unsignedNames) said.set(name, 'plain');
  expect(await askAt(60_000 + 3_660_000, false)).toBe('validates');
  expect(asked.every((name) => unsignedNames.includes(name))).toBe(true);
});

test('publicProbes(): none, nothing asked', async () => {
  const { lookup, asked } = server(honest);
  expect(await publicProbes(lookup, [], () => 0).ask(true)).toEqual({ kind: 'validates', what: '' });
  expect(asked).toEqual([]);
});
