import { describe, expect, test } from 'vitest';
import { day, makeAuthority, makeCertificate, now, tlsaFor } from '../../../test/support/test-ca.ts';
import { parametersText } from '../dane/make-record.ts';
import { adviceOn } from './advice.ts';
import { anchorOf, recordFor, recordsFor, usefulParameters } from './record-for.ts';
import { shownChain, shownKey } from './shown.ts';

const root = makeAuthority('Root');
const issuer = makeAuthority('Issuer', {}, root);
const leaf = makeCertificate({ names: ['mx.example.test'] }, issuer);
const selfSigned = makeCertificate({ names: ['mx.example.test'], ca: true });
const stranger = makeAuthority('Stranger');
const ders = (...all: readonly { readonly der: Uint8Array }[]) => all.map(({ der }) => der);
const shown = shownChain([leaf.der, issuer.der, root.der]);
const anchor = { usage: 2, selector: 1, matching: 1 };

describe('anchorOf()', () => {
  test.each([
    ['in the order of the chain', ders(leaf, issuer, root), root, 2],
    ['in any order', ders(leaf, root, issuer), root, 2],
    ['where the root is not sent', ders(leaf, issuer), issuer, 1],
    ['beside a stranger', ders(leaf, stranger, issuer), issuer, 1],
    ['of authorities alone', ders(issuer, root), root, 1],
    ['of one authority', ders(root), root, 0],
  ])('%s', (_, chain, expected, depth) => {
    expect(anchorOf(chain, now)).toEqual({ certificate: expected.der, depth });
  });

  test.each([
    ['only the server', ders(leaf), 'only the server'],
    ['a server that is its own authority', ders(selfSigned), '3 1 1 is for it'],
    ['strangers', ders(leaf, stranger), 'no certificate above the first leads to it'],
    ['nothing', [], 'cannot be read'],
    ['octets', [Buffer.from('x')], 'cannot be read'],
  ])('none in %s', (_, chain, problem) => {
    expect(anchorOf(chain, now)).toEqual({ problem: expect.stringContaining(problem) as string });
  });

  test('none that senders would refuse: the chain has expired', () => {
    expect(anchorOf(ders(leaf, issuer, root), now + 90 * day)).toEqual({
      problem: expect.stringContaining('certificate has expired') as string,
    });
  });
});

describe('recordFor()', () => {
  test('is of the server, or of the authority above it', () => {
    const made = recordsFor(usefulParameters, shown, now).made;
    expect(made.map(({ record, depth }) => [parametersText(record), depth])).toEqual([
      ['3 1 1', 0],
      ['3 1 2', 0],
      ['3 0 1', 0],
      ['3 0 2', 0],
      ['2 1 1', 2],
      ['2 1 2', 2],
      ['2 0 1', 2],
      ['2 0 2', 2],
    ]);
    for (const { record, depth } of made)
      expect(record).toEqual(tlsaFor(depth === 0 ? leaf : root, parametersText(record)));
  });

  test('of a key there is only selector 1', () => {
    const { made, problems } = recordsFor(usefulParameters, shownKey(leaf.spki), now);
    expect(made.map(({ record }) => parametersText(record))).toEqual(['3 1 1', '3 1 2']);
    expect(problems).toHaveLength(6);
  });
});

describe('adviceOn()', () => {
  const advice = (parameters: typeof anchor, of = shown, host = 'mx.example.test'): string => {
    const made = recordFor(parameters, of, now);
    if ('problem' in made) throw new Error(made.problem);
    return adviceOn(made, { shown: of, host, nowMs: now }).join('\n');
  };

  test.each([
    ['3 1 1', { usage: 3, selector: 1, matching: 1 }],
    ['2 1 1 of a root', anchor],
  ])('none on %s', (_, parameters) => {
    expect(advice(parameters)).toBe('');
  });

  test('on a weak key', () => {
    const spki = Buffer.from(
      '305c300d06092a864886f70d0101010500034b003048024100c9a1e2f5a58a3d7f09c0ad7c3e3a9d47d1c7cd3f3aa2b6c9b6f8a6a1de8b1f5f7e8ae30d4b8a8f2e7fcbe17d6a4c8c3f9a81f56f0c2c0d1d9b0e6b3f6a2b1c750203010001',
      'hex',
    );
    expect(advice({ usage: 3, selector: 1, matching: 1 }, shownKey(spki))).toContain('too weak');
  });

  test('on an authority that may be replaced, and on a name', () => {
    const short = shownChain([leaf.der, issuer.der]);
    expect(advice(anchor, short)).toMatch(/^2 1 1: \/CN=Issuer is no root/);
    expect(advice(anchor, shown, 'mail.other.test')).toContain('does not show the name mail.other.test');
  });

  test('on SHA2-512 only where SHA2-256 is not beside it', () => {
    const strong = { usage: 3, selector: 1, matching: 2 };
    expect(advice(strong)).toContain('not every sender knows SHA2-512');
    const { made } = recordsFor([strong, { ...strong, matching: 1 }], shown, now);
    expect(made.flatMap((one) => adviceOn(one, { shown, nowMs: now, beside: made }))).toEqual([]);
  });
});
