import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { der } from '../../../test/support/der-writer.ts';
import {
  day,
  extension,
  makeAuthority,
  makeCertificate,
  now,
  purposes,
  rsaKeys,
  tlsaFor,
} from '../../../test/support/test-ca.ts';
import type { TestCertificate } from '../../../test/support/test-ca.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { DaneVerdict } from './verdict.ts';
import { verifyDane } from './verify.ts';

const host = 'mx.example.test';
const nextHop = 'example.test';
const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const leaf = makeCertificate({ names: [host] }, intermediate);
const stranger = makeAuthority('Stranger');
const selfSigned = makeCertificate({ names: [host] });
const expired = { notBefore: now - 60 * day, notAfter: now - day };

function verify(
  chain: readonly TestCertificate[],
  records: readonly TlsaRecord[],
  names: readonly string[] = [host, nextHop],
): DaneVerdict {
  return verifyDane(
    chain.map((each) => each.der),
    records,
    names,
    now,
  );
}

/** `3 1 1 at 0`, or the cause of the mismatch. */
function word(verdict: DaneVerdict): string {
  if (verdict.kind === 'mismatch') return verdict.cause;
  const { usage, selector, matching } = verdict.record;
  return `${usage} ${selector} ${matching} at ${verdict.depth}`;
}

describe('verifyDane(): DANE-EE(3), RFC 7671 §5.1', () => {
  test.each(['3 0 0', '3 0 1', '3 0 2', '3 1 0', '3 1 1', '3 1 2'])('%s matches the leaf', (parameters) => {
    const record = tlsaFor(leaf, parameters);
    expect(verify([leaf], [record])).toEqual({ kind: 'matched', record, depth: 0 });
    expect(word(verify([selfSigned], [record]))).toBe('no matching record');
  });

  test.each([
    ['expired', makeCertificate({ names: [host], ...expired })],
    ['not yet valid', makeCertificate({ names: [host], notBefore: now + day, notAfter: now + 9 * day })],
    ['for another name', makeCertificate({ names: ['other.test'] })],
    ['without any name', makeCertificate({ subject: 'x' })],
    ['for clients only', makeCertificate({ extendedKeyUsage: [purposes.clientAuth] })],
    [
      'with a critical extension nobody knows',
      makeCertificate({ extensions: [extension('1.2.3.4', true, der(0x05))] }),
    ],
    [
      'with a malformed extension',
      makeCertificate({ extensions: [extension('2.5.29.17', true, der(0x04))] }),
    ],
    ['of version 1', makeCertificate({ version: 1 })],
    ['that is an authority', makeAuthority('CA')],
  ])('a leaf %s matches all the same', (_, certificate) => {
    expect(word(verify([certificate], [tlsaFor(certificate, '3 1 1')], []))).toBe('3 1 1 at 0');
    expect(word(verify([certificate], [tlsaFor(certificate, '3 0 1')], []))).toBe('3 0 1 at 0');
  });

  test('only the leaf counts, not what is above it', () => {
    expect(word(verify([leaf, intermediate], [tlsaFor(intermediate, '3 1 1')]))).toBe('no matching record');
  });

  test.each([
    ['DSA', generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })],
    ['secp112r1', generateKeyPairSync('ec', { namedCurve: 'secp112r1' })],
    ['sect113r1', generateKeyPairSync('ec', { namedCurve: 'sect113r1' })],
    [
      'a curve in so many words',
      generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }),
    ],
  ])('a key of %s proves nothing', (_, keys) => {
    const weak = makeCertificate({ names: [host], keys }, root);
    for (const form of ['3 1 1', '3 0 1', '3 0 0']) {
      expect(word(verify([weak], [tlsaFor(weak, form)]))).toBe('weak key or digest');
    }
    const authority = makeAuthority('Weak', { keys }, root);
    const server = makeCertificate({ names: [host] }, authority);
    for (const form of ['2 0 1', '2 0 0', '2 1 1', '2 1 0']) {
      expect(word(verify([server, authority], [tlsaFor(authority, form)]))).toBe('weak key or digest');
    }
    expect(word(verify([server, authority, root], [tlsaFor(root, '2 1 1')]))).toBe('weak key or digest');
    expect(word(verify([weak, root], [tlsaFor(root, '2 1 1')]))).toBe('weak key or digest');
  });

  test('a key of 512 bits proves nothing', () => {
    const weak = makeCertificate({ names: [host], keys: rsaKeys(512) });
    expect(verify([weak], [tlsaFor(weak, '3 1 1')])).toEqual({
      kind: 'mismatch',
      cause: 'weak key or digest',
      depth: 0,
      detail: 'num=66:EE certificate key too weak',
    });
  });

  test('something that nobody can read matches as a whole, if that is what was published', () => {
    const garbage = { ...leaf, der: Buffer.from('garbage') };
    expect(word(verify([garbage], [tlsaFor(garbage, '3 0 1')]))).toBe('3 0 1 at 0');
    expect(word(verify([garbage], [tlsaFor(leaf, '3 1 1')]))).toBe('no matching record');
  });

  test('what only OpenSSL can read, for there is no version 4, is held to the same', () => {
    const versionFour = (certificate: TestCertificate): TestCertificate => {
      const der = Buffer.from(certificate.der);
      der[der.indexOf(Buffer.from('a003020102', 'hex')) + 4] = 3;
      return { ...certificate, der };
    };
    const odd = versionFour(leaf);
    expect(word(verify([odd], [tlsaFor(odd, '3 0 1')]))).toBe('3 0 1 at 0');
    expect(word(verify([odd], [tlsaFor(leaf, '3 1 1')]))).toBe('no matching record');
    const weak = versionFour(makeCertificate({ names: [host], keys: rsaKeys(512) }));
    expect(word(verify([weak], [tlsaFor(weak, '3 0 1')]))).toBe('weak key or digest');
  });
});

describe('verifyDane(): DANE-TA(2), RFC 7671 §5.2', () => {
  test.each(['2 0 0', '2 0 1', '2 0 2', '2 1 0', '2 1 1', '2 1 2'])('%s matches the issuer', (parameters) => {
    const record = tlsaFor(intermediate, parameters);
    expect(verify([leaf, intermediate], [record])).toEqual({
      kind: 'matched',
      record,
      depth: 1,
      peerName: host,
    });
    expect(word(verify([leaf, intermediate], [tlsaFor(stranger, parameters)]))).toBe('no matching record');
  });

  test.each(['2 0 0', '2 0 1', '2 1 0', '2 1 1'])('%s matches further up', (parameters) => {
    expect(word(verify([leaf, intermediate, root], [tlsaFor(root, parameters)]))).toBe(`${parameters} at 2`);
  });

  test.each([
    ['in another order', [leaf, root, intermediate]],
    ['with strangers', [leaf, stranger, intermediate, selfSigned, root]],
    ['with everything twice', [leaf, leaf, intermediate, intermediate, root, root]],
  ])('the chain may come %s', (_, chain) => {
    expect(word(verify(chain, [tlsaFor(root, '2 0 1')]))).toBe('2 0 1 at 2');
  });

  test('what is above the leaf may hold garbage', () => {
    const garbage = [Buffer.alloc(0), Buffer.from('garbage'), intermediate.der.subarray(1)];
    const chain = [leaf.der, ...garbage, intermediate.der];
    expect(word(verifyDane(chain, [tlsaFor(intermediate, '2 1 1')], [host], now))).toBe('2 1 1 at 1');
  });

  test.each([
    ['2 0 1', [leaf, intermediate], 'no matching record'],
    ['2 0 2', [leaf, intermediate], 'no matching record'],
    ['2 1 1', [leaf, intermediate], 'no matching record'],
    ['2 0 0', [leaf, intermediate], '2 0 0 at 2'],
    // depth is that of the certificate the bare key signed
    ['2 1 0', [leaf, intermediate], '2 1 0 at 1'],
    ['2 0 0', [leaf], 'no matching record'],
  ])('%s whose anchor is not sent: %#', (parameters, chain, expected) => {
    expect(word(verify(chain, [tlsaFor(root, parameters)]))).toBe(expected);
  });

  test('anchors of which DNS holds the whole chain need none on the wire', () => {
    expect(word(verify([leaf], [tlsaFor(intermediate, '2 0 0')]))).toBe('2 0 0 at 1');
    expect(word(verify([leaf], [tlsaFor(intermediate, '2 1 0')]))).toBe('2 1 0 at 0');
  });

  test.each(['2 0 0', '2 0 1', '2 1 1'])('%s of a self-signed leaf is no anchor for it', (parameters) => {
    expect(word(verify([selfSigned], [tlsaFor(selfSigned, parameters)]))).toBe('no matching record');
    expect(word(verify([selfSigned, selfSigned], [tlsaFor(selfSigned, parameters)]))).toBe(
      'no matching record',
    );
  });

  test('a bare key that signed the leaf is an anchor, be it the leaf’s own', () => {
    expect(word(verify([selfSigned], [tlsaFor(selfSigned, '2 1 0')]))).toBe('2 1 0 at 0');
  });

  test('one anchor of several is enough (current and standby authority)', () => {
    const records = [tlsaFor(stranger, '2 1 1'), tlsaFor(intermediate, '2 1 1')];
    expect(word(verify([leaf, intermediate], records))).toBe('2 1 1 at 1');
  });

  test('a sound path beside a broken one', () => {
    const keys = rsaKeys(2048);
    const dead = makeAuthority('Cross', { keys, ...expired }, root);
    const alive = makeAuthority('Cross', { keys }, root);
    const server = makeCertificate({ names: [host] }, dead);
    expect(word(verify([server, dead, alive, root], [tlsaFor(root, '2 1 1')]))).toBe('2 1 1 at 2');
    expect(word(verify([server, dead, root], [tlsaFor(root, '2 1 1')]))).toBe('expired');
  });

  test('of several paths that fail the one that came closest is told, whatever their order', () => {
    const keys = rsaKeys(2048);
    const dead = makeAuthority('Cross', { keys, ...expired }, root);
    const alive = makeAuthority('Cross', { keys }, root);
    const impostor = makeAuthority('Cross');
    const server = makeCertificate({ names: ['other.test'] }, dead);
    const records = [tlsaFor(root, '2 1 1'), tlsaFor(impostor, '2 1 1')];
    expect(word(verify([server, dead, alive, root, impostor], records))).toBe('name mismatch');
    expect(word(verify([server, impostor, alive, dead, root], records))).toBe('name mismatch');
    expect(word(verify([server, impostor, dead, root], records))).toBe('expired');
    expect(word(verify([server, impostor], records))).toBe('bad signature');
  });

  test('the leaf must be readable', () => {
    const bad = makeCertificate(
      { names: [host], extensions: [extension('2.5.29.17', false, der(0x30))] },
      root,
    );
    expect(verify([bad, root], [tlsaFor(root, '2 1 1')])).toMatchObject({
      cause: 'malformed certificate',
      depth: 0,
    });
  });
});

describe('verifyDane(): the name under DANE-TA, RFC 7672 §3.2', () => {
  const issued = (options: Parameters<typeof makeCertificate>[0]): string => {
    const verdict = verify([makeCertificate(options, root), root], [tlsaFor(root, '2 1 1')]);
    return verdict.kind === 'matched'
      ? `as ${verdict.peerName}`
      : `${verdict.cause} ${verdict.depth} ${verdict.detail}`;
  };

  test.each([
    ['base domain', { names: [host] }, `as ${host}`],
    ['next hop', { names: [nextHop] }, `as ${nextHop}`],
    ['both', { names: [nextHop, host] }, `as ${host}`],
    ['wildcard', { names: ['*.example.test'] }, `as ${host}`],
    ['another', { names: ['other.test'] }, 'name mismatch 0 num=62:hostname mismatch'],
    ['none', { subject: 'Our Server' }, 'name mismatch 0 num=62:hostname mismatch'],
    ['Common Name alone', { subject: host }, `as ${host}`],
    [
      'Common Name beside a DNS-ID',
      { subject: host, names: ['other.test'] },
      'name mismatch 0 num=62:hostname mismatch',
    ],
    ['a wildcard too deep', { names: ['*.test'] }, 'name mismatch 0 num=62:hostname mismatch'],
  ])('%s', (_, options, expected) => {
    expect(issued(options)).toBe(expected);
  });

  test('a name mismatch means that nothing else is wrong', () => {
    expect(issued({ names: ['other.test'], ...expired })).toMatch(/^expired/);
  });

  test('without reference names there is no match', () => {
    expect(word(verify([leaf, intermediate], [tlsaFor(intermediate, '2 1 1')], []))).toBe('name mismatch');
  });
});

describe('verifyDane(): several records', () => {
  test('any record that matches is enough, usage 3 before usage 2', () => {
    const [ee, ta] = [tlsaFor(leaf, '3 1 1'), tlsaFor(intermediate, '2 1 1')];
    expect(word(verify([leaf, intermediate], [ta, ee]))).toBe('3 1 1 at 0');
    expect(word(verify([leaf, intermediate], [ta, tlsaFor(stranger, '3 1 1')]))).toBe('2 1 1 at 1');
    expect(word(verify([leaf, intermediate], [tlsaFor(stranger, '2 1 1'), ee], ['other.test']))).toBe(
      '3 1 1 at 0',
    );
  });

  test.each([
    [
      'a good SHA-256 beside a bad SHA-512',
      [tlsaFor(leaf, '3 1 1'), tlsaFor(stranger, '3 1 2')],
      'no matching record',
    ],
    [
      'a bad SHA-256 beside a good SHA-512',
      [tlsaFor(stranger, '3 1 1'), tlsaFor(leaf, '3 1 2')],
      '3 1 2 at 0',
    ],
    [
      'a good key beside a bad certificate',
      [tlsaFor(leaf, '3 1 1'), tlsaFor(stranger, '3 0 2')],
      '3 1 1 at 0',
    ],
    [
      'a good Full(0) beside a bad SHA-512',
      [tlsaFor(leaf, '3 1 0'), tlsaFor(stranger, '3 1 2')],
      '3 1 0 at 0',
    ],
    ['anchors likewise', [tlsaFor(intermediate, '2 1 1'), tlsaFor(stranger, '2 1 2')], 'no matching record'],
  ])('digest agility, RFC 7671 §9: %s', (_, records, expected) => {
    expect(word(verify([leaf, intermediate], records))).toBe(expected);
  });

  test('no records, no match; no chain, no certificate', () => {
    expect(word(verify([leaf], []))).toBe('no matching record');
    expect(verify([], [tlsaFor(leaf, '3 1 1')])).toEqual({
      kind: 'mismatch',
      cause: 'no certificate',
      depth: 0,
      detail: 'no certificate',
    });
  });

  test.each([
    ['what matches nothing', [leaf, intermediate], 'num=65:no matching DANE TLSA records'],
    [
      'an anchor that did not sign',
      [makeCertificate({ names: [host] }, makeAuthority('Root')), root],
      'num=7:certificate signature failure',
    ],
  ])('says %s', (_, chain, detail) => {
    expect(verify(chain, [tlsaFor(root, '2 1 1')])).toMatchObject({ kind: 'mismatch', depth: 0, detail });
  });
});
