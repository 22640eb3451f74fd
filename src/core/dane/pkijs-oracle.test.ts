import { fromBER } from 'asn1js';
import {
  Certificate as PkiCertificate,
  type BasicConstraints,
  type ExtKeyUsage,
  type GeneralName,
} from 'pkijs';
import { describe, expect, it } from 'vitest';
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

/** Self-signed, RSA, with names, purposes and a path length: by `openssl req -x509 -addext …`. */
const byOpenssl = `
MIIDjTCCAnWgAwIBAgIUHQUz+gQGRiWoMGBSZkbRHIBuYiUwDQYJKoZIhvcNAQELBQAwKzEQMA4GA1UECgwHRXhhbXBsZTEXMBUG
A1UEAwwObXguZXhhbXBsZS5vcmcwIBcNMjYxMTI5MjEzNzA2WhgPMjEyNjExMDUyMTM3MDZaMCsxEDAOBgNVBAoMB0V4YW1wbGUx
FzAVBgNVBAMMDm14LmV4YW1wbGUub3JnMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsqbvE6DZ76+PZ0PrKajLmnWx
jYl8isMpdc+ZlyJSMe65QoG/90bJgzMKeOsqju2Q123DNYfUMJwxV5JssxA1pH9niuS1+9Zu7R/WfqdKNdlfEjIbAYi6rqDU9kMk
VJ0XRhWEWzPkhE+Lt8DO12sh/dYOSoyyHGVCmfHXDopMpKp0CA8Df2aCOwY5h388mkFCAE0SaSJfjms62AgSW5+H/u8vmuDQxQ8J
+WMc03+sTvxmO4FcgXZC/tQ1Qa4UFsinTlSfop8rJo01uW/4s5/pK3h97sJ3z7ICXV1wKtBc6T+PfcqrZS4fzTvkRsUN7KshIfXl
REhcID6HOhVieyeQXQIDAQABo4GmMIGjMB0GA1UdDgQWBBQOtIwq/LIXq2Rsa10qKAvGuHSzuzAfBgNVHSMEGDAWgBQOtIwq/LIX
q2Rsa10qKAvGuHSzuzAuBgNVHREEJzAlgg5teC5leGFtcGxlLm9yZ4INKi5leGFtcGxlLm9yZ4cEwAACATAdBgNVHSUEFjAUBggr
BgEFBQcDAQYIKwYBBQUHAwIwEgYDVR0TAQH/BAgwBgEB/wIBAjANBgkqhkiG9w0BAQsFAAOCAQEAe+VdONrvRuH0jUhvHsrmzYb/
jjRVoKHDC0FqGwrLs97YH84dZGocOKRlhNX3wSCU6UWvp2T17lBUyLTawyc/eomUJal3XwurEsOThh4PIGdo776XJ2gExfbSyLZU
5tbo7phLYkJMULwomuZvuMDiBCluP+bQ/UQfR+ZdSjMWDYD5x2Gl4WkWXg/+OeKBKCIRQIdvaKVWL8kzL2rl5plqbE60MFgp8Lrb
ZWEzg1TBUHAqLxociWxfk8v65RZoyGfH6CGNGXiNdXqoDDfz8KWCBEtG6p4Js3tDZSe0gSfvaaMx8JoYlxO4F4brtoCmVsrv5mUM
X36KKrIEFDWGSqn4Bg==`;

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

  it('a certificate that OpenSSL made', () => {
    const der = Buffer.from(byOpenssl, 'base64');
    expect(readByUs(der)).toEqual(readByPkijs(der));
    expect(readByUs(der)).toMatchObject({
      ca: true,
      pathLength: 2,
      dnsNames: ['mx.example.org', '*.example.org'],
    });
  });
});
