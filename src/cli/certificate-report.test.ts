import { beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate, makeAuthority } from '../certificates/make-certificate.ts';
import { newPrivateKey } from '../certificates/private-key.ts';
import { certificateReport } from './certificate-report.ts';

const now = Date.UTC(2026, 10, 29);
const day = 24 * 60 * 60 * 1000;
const owner = { hostname: 'relay.example.org', ports: [25, 587] };

describe('certificateReport()', () => {
  let pem = '';
  beforeAll(async () => {
    const privateKeyPem = await newPrivateKey();
    const shown = { names: ['relay.example.org'], addresses: ['::1'] };
    const validity = { notBefore: new Date(now), notAfter: new Date(now + 10 * day) };
    const certificatePem = await makeAuthority(privateKeyPem, 'relay.example.org', shown, validity);
    pem = await issueCertificate({ certificatePem, privateKeyPem }, await newPrivateKey(), shown, validity);
  });

  test('has names, and a record for each port', () => {
    const report = certificateReport(pem, now, owner)?.join('\n');
    expect(report).toMatch(/^names +DNS:relay\.example\.org, IP:::1$/m);
    for (const port of owner.ports)
      expect(report).toMatch(
        new RegExp(`^TLSA +_${port}\\._tcp\\.relay\\.example\\.org\\. IN TLSA 3 1 1 [0-9a-f]{64}$`, 'm'),
      );
  });

  test('has no record for a certificate that no server shows', () => {
    expect(certificateReport(pem, now)?.join('\n')).not.toContain('TLSA');
  });

  test.each([
    [now - 1, 'not yet valid'],
    [now, '10 days left'],
    [now + 8.5 * day, '1 day left'],
    [now + 9.5 * day, '0 days left'],
    [now + 10 * day + 1, 'expired'],
  ])('at %i it is %s', (at, state) => {
    expect(certificateReport(pem, at)?.join('\n')).toContain(
      `valid        2026-11-29 to 2026-12-09 (${state})`,
    );
  });

  test.each(['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'finds none in %j',
    (text) => {
      expect(certificateReport(text, now)).toBeUndefined();
    },
  );
});
