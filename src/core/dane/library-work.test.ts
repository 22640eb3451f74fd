import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { attackKeys, drawnKeys } from '../../../test/support/attack-chains.ts';
import { der, sequence, set } from '../../../test/support/der-writer.ts';
import { makeDice } from '../../../test/support/dice.ts';
import { handshakeAttacks } from '../../../test/support/handshake-attacks.ts';
import {
  ecKeys,
  extension,
  generalName,
  makeAuthority,
  makeCertificate,
  rsaKeys,
  type TestCertificate,
  type TestCertificateOptions,
} from '../../../test/support/test-ca.ts';
import { budgetOf } from './budget.ts';
import { libraryUnits, payForLibrary, payForNames } from './library-work.ts';

/** Units that a chain costs, were there enough of them. */
function unitsOf(chain: readonly Uint8Array[]): number {
  const budget = budgetOf(1e12);
  return payForLibrary(chain, budget) ? budget.paid() : Infinity;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const ders = (...certificates: readonly TestCertificate[]): Buffer[] => certificates.map((each) => each.der);

const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const leaf = makeCertificate({ names: ['mx.test'] }, intermediate);

describe('payForLibrary(): what a host may honestly send', () => {
  const rsa = rsaKeys(2048);
  const larger = rsaKeys(4096);
  test.each<[string, () => Buffer[]]>([
    ['nothing', () => []],
    ['its own certificate', () => ders(leaf)],
    ['a chain of three', () => ders(leaf, intermediate, root)],
    [
      'a chain of RSA-4096',
      () => {
        const top = makeAuthority('Top', { keys: larger });
        const next = makeAuthority('Next', { keys: larger }, top);
        return ders(makeCertificate({ names: ['mx.test'], keys: larger }, next), next, top);
      },
    ],
    [
      'a chain of P-521',
      () => {
        const keys = generateKeyPairSync('ec', { namedCurve: 'P-521' });
        const top = makeAuthority('Top', { keys });
        return ders(makeCertificate({ names: ['mx.test'], keys }, top), top);
      },
    ],
    [
      'a bundle of a hundred and thirty authorities',
      () => ders(leaf, intermediate, root, ...times(130, (index) => makeAuthority(`Authority ${index}`))),
    ],
    [
      'a bundle of RSA-2048, as much as passes',
      () =>
        ders(leaf, intermediate, ...times(128, (index) => makeAuthority(`CA ${index}`, { keys: rsa })), root),
    ],
    ['the same certificate two hundred times', () => ders(leaf, ...times(199, () => intermediate))],
    [
      'a hundred names below a hundred constraints',
      () => {
        const permitted = times(100, (index) => generalName.dns(`part-${index}.example.test`));
        const top = makeAuthority('Constrained', { nameConstraints: { permitted } });
        return ders(makeCertificate({ names: times(100, (index) => `n-${index}.example.test`) }, top), top);
      },
    ],
    [
      'distribution points as every authority gives them',
      () => {
        const point = sequence(der(0xa0, der(0xa0, generalName.uri('http://crl.example.test/x.crl'))));
        const extensions = [extension('2.5.29.31', false, sequence(...times(5, () => point)))];
        return ders(makeCertificate({ names: ['mx.test'], extensions }, root), root);
      },
    ],
  ])('%s', (_, make) => {
    expect(payForLibrary(make(), budgetOf(libraryUnits))).toBe(true);
  });

  test('a usual chain costs next to nothing, and a key that is not in the way no more than to read it', () => {
    expect(unitsOf(ders(leaf, intermediate, root))).toBeLessThan(1_000);
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    const stranger = makeAuthority('Stranger', { keys });
    const more = unitsOf(ders(leaf, intermediate, root, stranger)) - unitsOf(ders(leaf, intermediate, root));
    expect(more).toBeLessThan(200);
  });
});

describe('payForLibrary(): what takes long', () => {
  test.each(Object.keys(handshakeAttacks))('%s', (title) => {
    const { chain, ms } = handshakeAttacks[title]?.() ?? { chain: [], ms: 0 };
    expect(payForLibrary(chain, budgetOf(libraryUnits))).toBe(false);
    // A unit is a microsecond or less: the prices are upper bounds.
    expect(unitsOf(chain)).toBeGreaterThan(ms * 1_000);
  });

  const made = (options: TestCertificateOptions): Buffer[] =>
    ders(makeCertificate({ names: ['mx.test'], keys: attackKeys, ...options }, root), root);

  test.each<[string, () => Buffer[]]>([
    ['forty thousand names', () => made({ altNames: times(49_000, () => generalName.dns('')) })],
    [
      'names of addresses of networks below a hundred such',
      () => {
        const keys = ecKeys();
        const resources = (count: number) =>
          extension(
            '1.3.6.1.5.5.7.1.7',
            true,
            sequence(
              sequence(
                der(0x04, Buffer.of(0, 1)),
                sequence(...times(count, (index) => der(0x03, Buffer.of(0, 1, index >> 8, index & 0xff)))),
              ),
            ),
          );
        const above = times(100, () =>
          makeAuthority('A', { keys, keyIds: false, extensions: [resources(1)] }),
        );
        const [top = root] = above;
        return ders(makeCertificate({ names: ['mx.test'], extensions: [resources(9_000)] }, top), ...above);
      },
    ],
    [
      'an authority key identifier of twenty thousand names below a hundred namesakes',
      () => {
        const names = extension(
          '2.5.29.35',
          false,
          sequence(der(0xa1, ...times(20_000, () => generalName.dns('')))),
        );
        const keys = ecKeys();
        const above = times(100, () => makeAuthority('A', { keys, keyIds: false }));
        const [top = root] = above;
        return ders(
          makeCertificate({ names: ['mx.test'], keyIds: false, extensions: [names] }, top),
          ...above,
        );
      },
    ],
    [
      'a leaf whose own key takes long, which has issued another that has issued it',
      () => {
        const slow = drawnKeys['RSA of 3,072 bits with an exponent as long']?.() ?? {};
        const own = makeAuthority('A', { ...slow, keyIds: false });
        return ders(own, makeAuthority('A', { ...slow, keyIds: false }), own);
      },
    ],
  ])('%s', (_, make) => {
    expect(payForLibrary(make(), budgetOf(libraryUnits))).toBe(false);
  });

  test('a list of names of a hundred kilobytes', () => {
    expect(payForNames(15_000, budgetOf(libraryUnits))).toBe(true);
    expect(payForNames(102_400, budgetOf(libraryUnits))).toBe(false);
  });
});

describe('payForLibrary(): what is hidden is not cheaper', () => {
  const slow = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const one = (subject: string | Buffer, issuer: string | Buffer): Buffer =>
    makeAuthority(
      'x',
      { subject, keys: slow, keyIds: false },
      {
        ...makeAuthority('x'),
        subject: typeof issuer === 'string' ? makeAuthority(issuer).subject : issuer,
      },
    ).der;
  const chainTo = (names: readonly (string | Buffer)[]): Buffer[] =>
    names.slice(1).map((issuer, index) => one(names[index] ?? '', issuer));
  const straight = unitsOf(chainTo(['A', 'B', 'C', 'D']));
  const commonName = (value: Buffer): Buffer =>
    sequence(set(sequence(der(0x06, Buffer.of(0x55, 4, 3)), value)));

  test.each<[string, string | Buffer]>([
    ['another case and blanks', commonName(der(0x13, '  b\t '))],
    ['a BMPString', commonName(der(0x1e, Buffer.of(0, 0x42)))],
    ['a UniversalString', commonName(der(0x1c, Buffer.of(0, 0, 0, 0x42)))],
    ['a string in pieces', commonName(der(0x2c, der(0x0c, 'B')))],
    ['a tag in two octets', commonName(Buffer.concat([Buffer.of(0x1f, 0x0c, 1), Buffer.from('B')]))],
    ['a length that is longer than it must be', commonName(Buffer.of(0x0c, 0x81, 1, 0x42))],
  ])('a name in %s leads as far', (_, alias) => {
    const chain = [one('A', alias), ...chainTo(['B', 'C', 'D'])];
    expect(unitsOf(chain)).toBeGreaterThan(straight - 100);
  });

  test('a certificate that cannot be read has no bound', () => {
    const [whole = Buffer.alloc(0)] = ders(leaf);
    expect(unitsOf([whole.subarray(0, -1)])).toBe(Infinity);
    expect(unitsOf([Buffer.concat([Buffer.of(0x30, 0x80), whole.subarray(4), Buffer.alloc(2)])])).toBe(
      Infinity,
    );
    expect(unitsOf([Buffer.alloc(0)])).toBe(Infinity);
  });
});

test('whatever is sent there is an answer, and it is not forgotten what was paid', () => {
  const dice = makeDice(20_261_129);
  const seeds = [
    leaf.der,
    intermediate.der,
    ...(handshakeAttacks['500 distribution points below an issuer of 330 parts']?.().chain ?? []),
  ];
  let read = 0;
  for (let round = 0; round < 2_000; round += 1) {
    const octets = Buffer.from(dice.pick(seeds as [Buffer, ...Buffer[]]));
    for (let flaws = dice.below(4); flaws > 0; flaws -= 1)
      octets[dice.below(octets.length)] = dice.below(256);
    const units = unitsOf([octets, intermediate.der]);
    expect(units).toBeGreaterThan(0);
    if (units < Infinity) read += 1;
  }
  expect(read).toBeGreaterThan(250);
});
