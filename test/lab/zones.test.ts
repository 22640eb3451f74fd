import { expect, test } from 'vitest';
import type { World, WorldNames } from './world.ts';
import { breakSignatures, masterFile, zonesOf, type Zone } from './zones.ts';

const names: WorldNames = {
  port: 10025,
  address: () => 'A 127.80.1.10',
  tlsa: () => 'TLSA 3 1 1 00',
  tlsaOwner: (name) => `_10025._tcp.${name}`,
};

const world: World = {
  hosts: [],
  domains: [
    { name: 'good.test', dnssec: 'signed', records: (w) => [`mx ${w.address('mx')}`] },
    { name: 'sub.good.test', dnssec: 'unsigned' },
    { name: 'dead.test', dnssec: 'dead' },
  ],
};

test('zonesOf(): each zone is delegated by the nearest above it, dead ones are not served', () => {
  const zones = zonesOf(world, names, '127.80.1.2');
  expect(zones.map(({ apex, parent }) => [apex, parent])).toEqual([
    ['.', undefined],
    ['test.', '.'],
    ['good.test.', 'test.'],
    ['sub.good.test.', 'good.test.'],
  ]);
  const [root, tld, good] = zones;
  expect(root?.lines).toContain('test. NS ns.test.');
  expect(tld?.lines).toContain('good.test. NS ns.test.');
  expect(tld?.lines).toContain('dead.test. NS ns.test.');
  expect(tld?.lines).not.toContain('sub.good.test. NS ns.test.');
  expect(good?.lines).toContain('sub.good.test. NS ns.test.');
  expect(good?.lines).toContain('mx A 127.80.1.10');
});

test('masterFile(): DS lines stand with the records', () => {
  const [, , good] = zonesOf(world, names, '127.80.1.2');
  if (good === undefined) throw new Error('no zone');
  expect(masterFile(good, ['sub.good.test. DS 1 13 2 00'])).toMatch(
    /^\$ORIGIN good\.test\.\n[^]*\nsub\.good\.test\. DS 1 13 2 00\n$/,
  );
});

const signed = [
  'mx.good.test.\t60\tIN\tA\t127.80.1.10',
  'mx.good.test.\t60\tIN\tRRSIG\tA 13 3 60 2 1 7 good.test. Abc==',
  'mx.good.test.\t60\tIN\tRRSIG\tNSEC 13 3 60 2 1 7 good.test. xbc==',
].join('\n');

test.each<[string, Pick<Zone, 'dnssec' | 'bogusRrsets'>, string[]]>([
  ['none', { dnssec: 'signed', bogusRrsets: [] }, ['Abc==', 'xbc==']],
  ['all of a bogus zone', { dnssec: 'bogus', bogusRrsets: [] }, ['Bbc==', 'Abc==']],
  ['one record set', { dnssec: 'signed', bogusRrsets: ['mx.good.test. A'] }, ['Bbc==', 'xbc==']],
])('breakSignatures(): %s', (_, zone, signatures) => {
  const broken = breakSignatures(signed, { apex: 'good.test.', lines: [], ...zone });
  expect(broken.match(/\S+==/g)).toEqual(signatures);
  expect(broken.split('\n')[0]).toBe(signed.split('\n')[0]);
});

test('breakSignatures(): a record set that is not there is an error', () => {
  const zone: Zone = { apex: 'good.test.', dnssec: 'signed', lines: [], bogusRrsets: ['mx.good.test. TLSA'] };
  expect(() => breakSignatures(signed, zone)).toThrow('no record set mx.good.test. TLSA');
});
