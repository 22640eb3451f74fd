import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeAuthority } from '../certificates/make-certificate.ts';
import { newPrivateKey } from '../certificates/private-key.ts';
import { trustText } from './trust-text.ts';

test('trustText() has fingerprint, and a file that update-ca-certificates reads', async () => {
  const shown = { names: ['localhost'], addresses: [] };
  const validity = { notBefore: new Date(0), notAfter: new Date(86_400_000) };
  const pem = await makeAuthority(await newPrivateKey(), 'relay.example.org', shown, validity);
  const text = trustText('/my files/ca.crt', pem, 'localhost:2525').join('\n');
  expect(text).toContain(new X509Certificate(pem).fingerprint256);
  expect(text).toMatch(
    /^ {2}install -m 644 '\/my files\/ca\.crt' \/usr\/local\/share\/ca-certificates\/dane-relay-[0-9a-f]{8}\.crt$/m,
  );
});
