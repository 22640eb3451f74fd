import { describe, expect, test } from 'vitest';
import { der } from '../../../test/support/der-writer.ts';
import {
  day,
  extension,
  generalName,
  keyUsageBits,
  makeAuthority,
  makeCertificate,
  now,
  purposes,
  rsaKeys,
} from '../../../test/support/test-ca.ts';
import type { TestCertificate, TestCertificateOptions } from '../../../test/support/test-ca.ts';
import { budgetOf } from './budget.ts';
import { parseCertificate } from './certificate.ts';
import { constraintCheck } from './name-constraints.ts';
import { pathFault } from './path-rules.ts';

/** What each certificate of a path of three has that a sound one has not. */
interface Parts {
  readonly root?: TestCertificateOptions;
  readonly intermediate?: TestCertificateOptions;
  readonly leaf?: TestCertificateOptions;
}

function threeCertificates({ root, intermediate, leaf }: Parts): TestCertificate[] {
  const top = makeAuthority('Root', root);
  const middle = makeAuthority('Intermediate', intermediate, top);
  return [makeCertificate({ names: ['mx.example.test'], ...leaf }, middle), middle, top];
}

/** `cause depth detail`, or undefined; `byKey` takes the root for a bare key that is not in the path. */
function faultOf(chain: readonly TestCertificate[], byKey = false): string | undefined {
  const certificates = chain.map(({ der: encoding }) => {
    const certificate = parseCertificate(encoding);
    if (certificate === undefined) throw new Error('the test certificate does not parse');
    return certificate;
  });
  const record = { usage: 2, selector: 1, matching: 1, data: Buffer.alloc(32) };
  const fault = pathFault({ kind: 'path', certificates, record, byKey }, now, constraintCheck(budgetOf()));
  return fault && `${fault.cause} ${fault.depth} ${fault.detail}`;
}

const expired = { notBefore: now - 60 * day, notAfter: now - day };
const early = { notBefore: now + day, notAfter: now + 60 * day };
const { keyCertSign, cRLSign, digitalSignature } = keyUsageBits;
const keyAgreement = 4;
const unknownCritical = { extensions: [extension('1.3.6.1.4.1.99999.1', true, der(0x05))] };
const purpose = 'not designated for use as a server certificate';

describe('pathFault()', () => {
  test.each<[string, Parts]>([
    ['nothing special', {}],
    [
      'serverAuth everywhere',
      {
        root: { extendedKeyUsage: [purposes.serverAuth] },
        leaf: { extendedKeyUsage: [purposes.clientAuth, purposes.serverAuth] },
      },
    ],
    [
      'anyExtendedKeyUsage',
      { intermediate: { extendedKeyUsage: [purposes.any] }, leaf: { extendedKeyUsage: [purposes.any] } },
    ],
    [
      'a purpose from before serverAuth',
      {
        intermediate: { extendedKeyUsage: ['2.16.840.1.113730.4.1'] },
        leaf: { extendedKeyUsage: [purposes.gatedByMicrosoft] },
      },
    ],
    ['a leaf that may only encipher keys', { leaf: { keyUsage: [keyUsageBits.keyEncipherment] } }],
    ['a leaf that may only agree on keys', { leaf: { keyUsage: [keyAgreement] } }],
    ['a leaf that may only sign in TLS', { leaf: { keyUsage: [digitalSignature] } }],
    ['a leaf that is an authority, as self-made ones often are', { leaf: { ca: true } }],
    ['an authority without keyUsage', { intermediate: { keyUsage: undefined } }],
    ['just enough path length', { root: { pathLength: 1 }, intermediate: { pathLength: 0 } }],
    ['an anchor of version 1', { root: { version: 1 } }],
    ['an anchor with keyCertSign and no basicConstraints', { root: { ca: undefined } }],
    ['permitted names', { root: { nameConstraints: { permitted: [generalName.dns('example.test')] } } }],
    ['RSA keys of 1024 bits', { intermediate: { keys: rsaKeys(1024) }, leaf: { keys: rsaKeys(1024) } }],
    ['an anchor that is signed with SHA-1', { root: { digest: 'sha1' } }],
  ])('no fault in %s', (_, parts) => {
    expect(faultOf(threeCertificates(parts))).toBeUndefined();
  });

  test.each<[string, Parts, string]>([
    ['leaf expired', { leaf: expired }, 'expired 0 certificate has expired'],
    ['leaf from the future', { leaf: early }, 'not yet valid 0 certificate not yet valid'],
    ['intermediate expired', { intermediate: expired }, 'expired 1 certificate has expired'],
    ['intermediate from the future', { intermediate: early }, 'not yet valid 1 certificate not yet valid'],
    ['self-issued anchor expired', { root: expired }, 'expired 2 certificate has expired'],
    ['self-issued anchor from the future', { root: early }, 'not yet valid 2 certificate not yet valid'],
    [
      'all expired: the topmost is named',
      { root: expired, intermediate: expired, leaf: expired },
      'expired 2 certificate has expired',
    ],
    [
      'intermediate is no authority',
      { intermediate: { ca: false } },
      'invalid CA 1 num=79:invalid CA certificate',
    ],
    [
      'intermediate without basicConstraints',
      { intermediate: { ca: undefined } },
      'invalid CA 1 num=79:invalid CA certificate',
    ],
    [
      'intermediate of version 1',
      { intermediate: { version: 1 } },
      'invalid CA 1 num=79:invalid CA certificate',
    ],
    [
      'intermediate may not sign certificates',
      { intermediate: { keyUsage: [cRLSign] } },
      'invalid CA 1 num=79:invalid CA certificate',
    ],
    ['anchor is no authority', { root: { ca: false } }, 'invalid CA 2 num=79:invalid CA certificate'],
    [
      'anchor may not sign certificates',
      { root: { keyUsage: [digitalSignature] } },
      'invalid CA 2 num=79:invalid CA certificate',
    ],
    [
      'anchor without any sign of being one',
      { root: { ca: undefined, keyUsage: undefined } },
      'invalid CA 2 num=79:invalid CA certificate',
    ],
    [
      'anchor allows no intermediate',
      { root: { pathLength: 0 } },
      'path too long 2 num=25:path length constraint exceeded',
    ],
    ['leaf for clients', { leaf: { extendedKeyUsage: [purposes.clientAuth] } }, `purpose 0 ${purpose}`],
    ['leaf that may only sign certificates', { leaf: { keyUsage: [keyCertSign] } }, `purpose 0 ${purpose}`],
    [
      'intermediate for clients',
      { intermediate: { extendedKeyUsage: [purposes.clientAuth] } },
      `purpose 1 ${purpose}`,
    ],
    ['anchor for clients', { root: { extendedKeyUsage: [purposes.clientAuth] } }, `purpose 2 ${purpose}`],
    [
      'unknown critical extension in the leaf',
      { leaf: unknownCritical },
      'critical extension 0 num=34:unhandled critical extension',
    ],
    [
      'unknown critical extension in the anchor',
      { root: unknownCritical },
      'critical extension 2 num=34:unhandled critical extension',
    ],
    [
      'name outside the permitted ones of the anchor',
      { root: { nameConstraints: { permitted: [generalName.dns('other.test')] } } },
      'name constraint 0 num=47:permitted subtree violation',
    ],
    [
      'excluded name',
      { intermediate: { nameConstraints: { excluded: [generalName.dns('example.test')] } } },
      'name constraint 0 num=48:excluded subtree violation',
    ],
    [
      'leaf key too weak',
      { leaf: { keys: rsaKeys(512) } },
      'weak key or digest 0 num=66:EE certificate key too weak',
    ],
    [
      'authority key too weak',
      { intermediate: { keys: rsaKeys(768) } },
      'weak key or digest 1 num=67:CA certificate key too weak',
    ],
    [
      'leaf signed with SHA-1',
      { leaf: { digest: 'sha1' } },
      'weak key or digest 0 num=68:CA signature digest algorithm too weak',
    ],
    [
      'intermediate signed with MD5',
      { root: { keys: rsaKeys(2048) }, intermediate: { digest: 'md5' } },
      'weak key or digest 1 num=68:CA signature digest algorithm too weak',
    ],
  ])('%s', (_, parts, fault) => {
    expect(faultOf(threeCertificates(parts))).toBe(fault);
  });

  test('an anchor that somebody else issued outlives its dates', () => {
    const outer = makeAuthority('Outer');
    const anchor = makeAuthority('Anchor', expired, outer);
    expect(faultOf([makeCertificate({ names: ['mx.example.test'] }, anchor), anchor])).toBeUndefined();
  });

  test('an anchor of version 1 must be a root', () => {
    const anchor = makeAuthority('Anchor', { version: 1 }, makeAuthority('Outer'));
    expect(faultOf([makeCertificate({ names: ['mx.example.test'] }, anchor), anchor])).toMatch(
      /^invalid CA 1/,
    );
  });

  test('under a bare key the topmost certificate has a signature and dates that count', () => {
    const key = makeAuthority('Key');
    const top = makeAuthority('Top', expired, key);
    expect(faultOf([makeCertificate({ names: ['mx.example.test'] }, top), top], true)).toBe(
      'expired 1 certificate has expired',
    );
    expect(faultOf([makeCertificate({ names: ['mx.example.test'], ...expired }, key)], true)).toBe(
      'expired 0 certificate has expired',
    );
    expect(faultOf([makeCertificate({ names: ['mx.example.test'], digest: 'sha1' }, key)], true)).toMatch(
      /^weak/,
    );
    expect(faultOf([makeCertificate({ names: ['mx.example.test'] }, key)], true)).toBeUndefined();
  });

  test('a self-issued intermediate (a new key for an old name) does not count for the path length, nor for names', () => {
    const permitted = [generalName.dns('example.test')];
    const root = makeAuthority('Root', { pathLength: 0, nameConstraints: { permitted } });
    const renewed = makeAuthority('Root', { names: ['ca.other.test'] }, root);
    expect(
      faultOf([makeCertificate({ names: ['mx.example.test'] }, renewed), renewed, root]),
    ).toBeUndefined();
  });

  const permittedBelow = { permitted: [generalName.dns('example.test')] };

  test('constraints hold for a leaf that is self-issued', () => {
    const root = makeAuthority('Root', { nameConstraints: permittedBelow });
    const leaf = makeCertificate({ subject: 'Root', names: ['mx.other.test'] }, root);
    expect(faultOf([leaf, root])).toBe('name constraint 0 num=47:permitted subtree violation');
  });

  test('constraints hold for an intermediate', () => {
    const root = makeAuthority('Root', { nameConstraints: permittedBelow });
    const middle = makeAuthority('Middle', { names: ['ca.other.test'] }, root);
    const leaf = makeCertificate({ names: ['mx.example.test'] }, middle);
    expect(faultOf([leaf, middle, root])).toBe('name constraint 1 num=47:permitted subtree violation');
  });

  test('constraints do not hold for whom they are of, nor for those above', () => {
    const root = makeAuthority('Root', { names: ['ca.other.test'] });
    const names = { names: ['ca.other.test'], nameConstraints: permittedBelow };
    const middle = makeAuthority('Middle', names, root);
    const leaf = makeCertificate({ names: ['mx.example.test'] }, middle);
    expect(faultOf([leaf, middle, root])).toBeUndefined();
  });

  test('constraints hold for the Common Name of a leaf without DNS names, and of nobody else', () => {
    const root = makeAuthority('Root', { nameConstraints: permittedBelow });
    const middle = makeAuthority('ca.other.test', {}, root);
    const fault = 'name constraint 0 num=47:permitted subtree violation';
    expect(faultOf([makeCertificate({ subject: 'mx.other.test' }, middle), middle, root])).toBe(fault);
    expect(faultOf([makeCertificate({ subject: 'mx.example.test' }, middle), middle, root])).toBeUndefined();
  });

  test('the dates are inclusive', () => {
    expect(faultOf(threeCertificates({ leaf: { notAfter: now } }))).toBeUndefined();
    expect(faultOf(threeCertificates({ leaf: { notBefore: now } }))).toBeUndefined();
  });
});
