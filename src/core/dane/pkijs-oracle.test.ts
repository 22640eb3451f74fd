import { fromBER } from 'asn1js';
import {
  Certificate as PkiCertificate,
  type BasicConstraints,
  type ExtKeyUsage,
  type GeneralName,
} from 'pkijs';
import { describe, expect, it } from 'vitest';
import { makeCertificate as makeByX509 } from '../../../test/lab/certificates.ts';
import { keyUsageBits, makeAuthority, makeCertificate, purposes } from '../../../test/support/test-ca.ts';
import { parseCertificate } from './certificate.ts';

/** The facts that a path depends on, as PKI.js reads them: written by others, from the same bytes. */
function readByPkijs(der: Buffer) {
  const { result } = fromBER(new Uint8Array(der).buffer);
  const certificate = new PkiCertificate({ schema: result });
  const extension = (id: string): unknown =>
    certificate.extensions?.find(({ extnID }) => extnID === id)?.parsedValue as unknown;
  const basic = extension('2.5.29.19') as BasicConstraints | undefined;
  const names = (extension('2.5.29.17') as { altNames: GeneralName[] } | undefined)?.altNames ?? [];
  return {
    spki: Buffer.from(certificate.subjectPublicKeyInfo.toSchema().toBER()).toString('hex'),
    serialNumber: Buffer.from(certificate.serialNumber.valueBlock.valueHexView).toString('hex'),
    notBefore: certificate.notBefore.value.getTime(),
    notAfter: certificate.notAfter.value.getTime(),
    ca: basic?.cA,
    pathLength: basic?.pathLenConstraint,
    dnsNames: names.filter(({ type }) => type === 2).map(({ value }) => String(value)),
    extendedKeyUsage: (extension('2.5.29.37') as ExtKeyUsage | undefined)?.keyPurposes,
    selfIssued: certificate.issuer.isEqual(certificate.subject),
    version: certificate.version + 1,
  };
}

function readByUs(der: Buffer) {
  const certificate = parseCertificate(der);
  return {
    spki: Buffer.from(certificate?.spki ?? []).toString('hex'),
    serialNumber: certificate?.serialNumber,
    notBefore: certificate?.notBefore,
    notAfter: certificate?.notAfter,
    ca: certificate?.basicConstraints?.ca,
    pathLength: certificate?.basicConstraints?.pathLength,
    dnsNames: certificate?.dnsNames,
    extendedKeyUsage: certificate?.extendedKeyUsage && [...certificate.extendedKeyUsage],
    selfIssued: certificate?.selfIssued,
    version: certificate?.version,
  };
}

const root = makeAuthority('Root');

describe('parseCertificate(): PKI.js reads the same', () => {
  it.each([
    ['a root', root.der],
    ['a CA with a path length', makeCertificate({ subject: 'Sub', ca: true, pathLength: 3 }, root).der],
    [
      'a leaf with names',
      makeCertificate({ subject: 'mx', names: ['mx.example.org', '*.example.org'] }, root).der,
    ],
    [
      'a leaf with purposes',
      makeCertificate({ subject: 'mx', extendedKeyUsage: [purposes.serverAuth, purposes.clientAuth] }, root)
        .der,
    ],
    [
      'a leaf with key usage',
      makeCertificate({ subject: 'mx', keyUsage: [keyUsageBits.digitalSignature] }, root).der,
    ],
    ['a leaf without extensions', makeCertificate({ subject: 'mx', keyIds: false }, root).der],
  ])('%s', (_, der) => {
    expect(readByUs(der)).toEqual(readByPkijs(der));
  });

  it('a certificate that another library made', async () => {
    const { der } = await makeByX509({ commonName: 'mx.example.org', key: 'RSA-2048' });
    expect(readByUs(der)).toEqual(readByPkijs(der));
  });
});
