import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import { askOthers, askSigned, type Probes } from './probes.ts';

const probes: Probes = {
  signed: { type: 'NS', name: '.' },
  unsigned: { type: 'MX', name: 'unsigned.example' },
  bogus: { type: 'A', name: 'bogus.example' },
};
const settled = { name: 'x', aliases: [], ttl: 1 };
const answers = {
  signed: { kind: 'found', records: ['x'], secure: true, ...settled },
  plain: { kind: 'found', records: ['x'], secure: false, ...settled },
  'signed denial': { kind: 'absent', denial: 'NXDOMAIN', secure: true, ...settled },
  'plain denial': { kind: 'absent', denial: 'NODATA', secure: false, ...settled },
  SERVFAIL: { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL: DNSSEC Bogus (no key)' },
  silence: { kind: 'failed', cause: 'timeout', detail: 'no reply' },
} as const satisfies Record<string, Answer<unknown>>;
type Said = keyof typeof answers;

function world(said: { readonly [name: string]: Said }): Lookup {
  return async (name) => {
    const answer = said[name];
    if (answer === undefined) throw new Error(`nobody should ask for ${name}`);
    return answers[answer] as Answer<never>;
  };
}

test.each([
  ['signed', 'validates'],
  ['signed denial', 'validates'],
  ['plain', 'does not validate'],
  ['plain denial', 'does not validate'],
  ['SERVFAIL', 'does not answer'],
  ['silence', 'does not answer'],
] as const)('askSigned(): %s: %s', async (said, kind) => {
  expect((await askSigned(world({ '.': said }), probes)).kind).toBe(kind);
});

test('askSigned(): the reason of a failure is told, RFC 8914 text included', async () => {
  expect(await askSigned(world({ '.': 'SERVFAIL' }), probes)).toEqual({
    kind: 'does not answer',
    probe: 'dnssec_probe',
    what: "dnssec_probe 'ns:.' failed: SERVFAIL: DNSSEC Bogus (no key)",
  });
});

test.each([
  ['plain', 'SERVFAIL', 'validates'],
  ['plain denial', 'SERVFAIL', 'validates'],
  ['signed', 'SERVFAIL', 'signs everything'],
  ['plain', 'plain', 'accepts bogus'],
  ['plain', 'signed', 'accepts bogus'],
  ['signed', 'plain', 'signs everything'],
  // What cannot be answered is no proof of anything.
  ['silence', 'silence', 'validates'],
  ['SERVFAIL', 'SERVFAIL', 'validates'],
  ['signed denial', 'signed denial', 'validates'],
  ['plain denial', 'plain denial', 'validates'],
] as const)('askOthers(): unsigned %s, bogus %s: %s', async (unsigned, bogus, kind) => {
  const lookup = world({ 'unsigned.example': unsigned, 'bogus.example': bogus });
  expect((await askOthers(lookup, probes)).kind).toBe(kind);
});

test('askOthers(): what said nothing is told', async () => {
  const lookup = world({ 'unsigned.example': 'silence', 'bogus.example': 'SERVFAIL' });
  expect((await askOthers(lookup, probes)).what).toBe(
    "unsigned_probe 'mx:unsigned.example' could not be answered (no reply), bogus_probe 'a:bogus.example' was rejected",
  );
});

test('askOthers(): none, nothing asked', async () => {
  expect(await askOthers(world({}), { signed: probes.signed })).toEqual({ kind: 'validates', what: '' });
});
