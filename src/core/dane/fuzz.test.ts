import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { generalName, makeAuthority, makeCertificate, now } from '../../../test/support/test-ca.ts';
import { parseCertificate } from './certificate.ts';
import { parseTlsa, screen, tlsaText, usability } from './tlsa.ts';
import { verifyDane } from './verify.ts';

/** Mulberry32: the same numbers on every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A copy with a few octets changed, removed, inserted or repeated. */
function mutate(original: Uint8Array, random: (below: number) => number): Uint8Array {
  let octets = [...original];
  // Half of them keep every length, and so come further.
  if (random(2) === 0) {
    octets[random(octets.length)] = random(256);
    return Uint8Array.from(octets);
  }
  for (let changes = 1 + random(3); changes > 0; changes -= 1) {
    const at = random(octets.length + 1);
    const how = random(5);
    if (how === 0) octets = octets.slice(0, at);
    else if (how === 1) octets.splice(at, 1 + random(4));
    else if (how === 2) octets.splice(at, 0, random(256), random(256));
    else if (how === 3) octets.splice(at, 0, ...octets.slice(at, at + random(40)));
    else octets[at] = random(256);
  }
  return Uint8Array.from(octets);
}

const host = 'mx.example.test';
const constraints = {
  permitted: [generalName.dns('example.test')],
  excluded: [generalName.address(0, 0, 0, 0, 0, 0, 0, 0)],
};
const root = makeAuthority('Root', { nameConstraints: constraints, pathLength: 3 });
const intermediate = makeAuthority('Intermediate', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] }, root);
const leaf = makeCertificate({ names: [host] }, intermediate);
const digest = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();
const anchor = parseTlsa(Buffer.concat([Buffer.from([2, 1, 1]), digest(root.spki)]));

test('verifyDane(): no mutation of a chain throws, and none that changes a certificate below the anchor matches', () => {
  const random = randomNumbers(1);
  const sound = [leaf.der, intermediate.der, root.der];
  expect(verifyDane(sound, [anchor], [host], now).kind).toBe('matched');
  let parsed = 0;
  for (let round = 0; round < 4000; round += 1) {
    const which = random(2);
    const chain = sound.map((each, index) => (index === which ? mutate(each, random) : each));
    const changed = chain.some((each, index) => Buffer.compare(each, sound[index] ?? each) !== 0);
    if (parseCertificate(chain[which] ?? leaf.der) !== undefined) parsed += 1;
    const verdict = verifyDane(chain, [anchor], [host], now);
    if (changed) expect(verdict.kind, Buffer.from(chain[which] ?? []).toString('hex')).toBe('mismatch');
  }
  // Mutations that nobody can parse test the parser alone.
  expect(parsed).toBeGreaterThan(400);
}, 10_000);

test('verifyDane(): no mutation of full records and anchors throws', () => {
  const random = randomNumbers(2);
  for (let round = 0; round < 1500; round += 1) {
    const record = parseTlsa(
      mutate(Buffer.concat([Buffer.from([2, random(2), 0]), random(2) === 0 ? root.der : root.spki]), random),
    );
    const chain = [leaf.der, mutate(intermediate.der, random), mutate(root.der, random)];
    const records = [record, { ...record, usage: 2, selector: random(2), matching: 0 }];
    expect(['matched', 'mismatch']).toContain(verifyDane(chain, records, [host], now).kind);
  }
}, 10_000);

test('parseTlsa(): anything is a record, and every record is judged', () => {
  const random = randomNumbers(3);
  for (let round = 0; round < 4000; round += 1) {
    const rdata = Uint8Array.from({ length: random(80) }, (_, index) => random(index < 3 ? 5 : 256));
    const record = parseTlsa(rdata);
    expect(record.data).toHaveLength(Math.max(0, rdata.length - 3));
    const { usable, warnings } = screen([record], 'owner');
    expect(usable.length + warnings.length).toBe(1);
    expect(usability(record).usable).toBe(usable.length === 1);
    expect(tlsaText(record)).toMatch(/^\d+ \d+ \d+ [0-9A-F.]*$/);
  }
});
