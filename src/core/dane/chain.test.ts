import { describe, expect, test } from 'vitest';
import { ecKeys, makeAuthority, makeCertificate } from '../../../test/support/test-ca.ts';
import type { TestCertificate } from '../../../test/support/test-ca.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { parseCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { findPaths } from './chain.ts';
import { budgetOf } from './budget.ts';
import type { Budget } from './budget.ts';
import { nameKey } from './distinguished-name.ts';
import { signatureCheck } from './signature.ts';
import type { SignatureCheck } from './signature.ts';

const ta: TlsaRecord = { usage: 2, selector: 1, matching: 1, data: Buffer.alloc(32) };

function parsed({ der }: TestCertificate): Certificate {
  const certificate = parseCertificate(der);
  if (certificate === undefined) throw new Error('the test certificate does not parse');
  return certificate;
}

/** All that is found, each as text: `leaf>a>b` for a path, `leaf>a>b+key`, or the cause of a mismatch. */
function search(
  leaf: TestCertificate,
  candidates: Readonly<Record<string, TestCertificate>>,
  anchors: readonly string[],
  options: { keys?: readonly Buffer[]; check?: SignatureCheck; budget?: Budget } = {},
): string[] {
  const names = new Map(Object.entries(candidates).map(([name, each]) => [parsed(each), name]));
  const all = Array.from(names, ([certificate, name]) => ({
    der: certificate.der,
    read: () => certificate,
    record: anchors.includes(name) ? ta : undefined,
  }));
  const parts = {
    leaf: parsed(leaf),
    named: (subject: string) => all.filter(({ read }) => nameKey(read().subject) === subject),
    keyRecords: (options.keys ?? []).map((data) => ({ usage: 2, selector: 1, matching: 0, data })),
  };
  const budget = options.budget ?? budgetOf();
  return Array.from(findPaths(parts, options.check ?? signatureCheck(budget), budget), (found) => {
    if (found.kind === 'mismatch') return `${found.cause} ${found.depth}`;
    const [, ...above] = found.certificates.map((each) => names.get(each) ?? 'leaf');
    return ['leaf', ...above].join('>') + (found.byKey ? '+key' : '');
  });
}

const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const leaf = makeCertificate({ names: ['mx.example.test'] }, intermediate);
const stranger = makeAuthority('Stranger');

describe('findPaths()', () => {
  test.each([
    ['in order', { intermediate, root }],
    ['in another order', { root, intermediate }],
    ['with strangers between', { stranger, root, leaf, intermediate }],
  ])('finds the anchor above an intermediate: %s', (_, candidates) => {
    expect(search(leaf, candidates, ['root'])).toEqual(['leaf>intermediate>root']);
  });

  test('ends at the first anchor', () => {
    expect(search(leaf, { intermediate, root }, ['intermediate', 'root'])).toEqual(['leaf>intermediate']);
  });

  test('the leaf is no anchor, nor is a copy of it', () => {
    const own = makeCertificate({ subject: 'own', ca: true });
    expect(search(own, { own }, ['own'])).toEqual([]);
  });

  test('no anchor, no path', () => {
    expect(search(leaf, { intermediate, root }, [])).toEqual([]);
    expect(search(leaf, { intermediate, root, stranger }, ['stranger'])).toEqual([]);
    expect(search(leaf, { root }, ['root'])).toEqual([]);
  });

  test('a name is not enough: the signature must be that of the anchor', () => {
    const impostor = makeAuthority('Intermediate');
    expect(search(leaf, { impostor }, ['impostor'])).toEqual(['bad signature 0']);
    expect(search(leaf, { impostor, intermediate, root }, ['root'])).toEqual(['leaf>intermediate>root']);
  });

  test('goes back where a way ends: a cross-signed authority with two issuers', () => {
    const keys = ecKeys();
    const other = makeAuthority('Other Root');
    const crossA = makeAuthority('Cross', { keys }, other);
    const crossB = makeAuthority('Cross', { keys }, root);
    const server = makeCertificate({ names: ['mx.example.test'] }, crossA);
    expect(search(server, { crossA, other, crossB, root }, ['root'])).toEqual(['leaf>crossB>root']);
    expect(search(server, { crossA, other, crossB, root }, ['root', 'other'])).toEqual([
      'leaf>crossA>other',
      'leaf>crossB>root',
    ]);
  });

  test('authorities that have issued each other are no trap', () => {
    const [a, b] = [ecKeys(), ecKeys()];
    const aRoot = makeAuthority('A', { keys: a });
    const bRoot = makeAuthority('B', { keys: b });
    const aByB = makeAuthority('A', { keys: a }, bRoot);
    const bByA = makeAuthority('B', { keys: b }, aRoot);
    const server = makeCertificate({ names: ['mx.example.test'] }, aRoot);
    expect(search(server, { aByB, bByA }, [])).toEqual([]);
    expect(search(server, { aByB, bByA, aRoot, bRoot }, ['bRoot'])).toContain('leaf>aByB>bRoot');
  });

  test('a bare key signs the last certificate there is, or any other', () => {
    expect(search(leaf, { intermediate }, [], { keys: [root.spki] })).toEqual(['leaf>intermediate+key']);
    expect(search(leaf, {}, [], { keys: [intermediate.spki] })).toEqual(['leaf+key']);
    expect(search(leaf, {}, [], { keys: [stranger.spki, intermediate.spki] })).toEqual(['leaf+key']);
    expect(search(leaf, {}, [], { keys: [root.spki] })).toEqual([]);
  });

  describe('ten intermediates and no more', () => {
    const tower: TestCertificate[] = [root];
    for (let height = 1; height <= 11; height += 1)
      tower.push(makeAuthority(`CA ${height}`, {}, tower.at(-1)));
    const named = (from: number): Record<string, TestCertificate> =>
      Object.fromEntries(tower.slice(from).map((each, index) => [`ca${from + index}`, each]));

    test('ten', () => {
      const server = makeCertificate({ names: ['mx.example.test'] }, tower[10]);
      const [path, ...more] = search(server, named(0), ['ca0']);
      expect(path?.split('>')).toHaveLength(12);
      expect(more).toEqual([]);
    });

    test('eleven', () => {
      const server = makeCertificate({ names: ['mx.example.test'] }, tower[11]);
      expect(search(server, named(0), ['ca0'])).toEqual(['path too long 11']);
      expect(search(server, named(1), ['ca1'])[0]?.split('>')).toHaveLength(12);
    });
  });

  test('a way whose signatures are not checked any more ends there', () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`${index}`, makeAuthority('Intermediate')]),
    );
    let left = 32;
    // Every authority of the name has issued every other: without a limit this has no end.
    const own = makeAuthority('Intermediate', {}, makeAuthority('Intermediate'));
    const check: SignatureCheck = () => ((left -= 1) < 0 ? 'not checked' : 'good');
    expect(search(own, many, ['none'], { check })).not.toContain('bad signature 0');
    expect(left).toBeLessThan(0);
  });

  test('the issuer that the authority key identifier names comes before others of its name', () => {
    const tried: string[] = [];
    const sameName = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`${index}`, makeAuthority('Intermediate')]),
    );
    const real = signatureCheck(budgetOf());
    const check: SignatureCheck = (subject, key) => {
      tried.push(Buffer.compare(key, intermediate.spki) === 0 ? 'right' : 'wrong');
      return real(subject, key);
    };
    expect(search(leaf, { ...sameName, intermediate, root }, ['root'], { check })).toEqual([
      'leaf>intermediate>root',
    ]);
    expect(tried[0]).toBe('right');
  });
});
