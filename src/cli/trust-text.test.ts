import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeAuthority } from '../certificates/make-certificate.ts';
import { newPrivateKey } from '../certificates/private-key.ts';
import { trustText } from './trust-text.ts';

test('trustText() has fingerprint, and a file that update-ca-certificates reads', async () => {
  const shown = { names: ['localhost'], addresses: [] };
  const validity = { notBefore: new Date(0), notAfter: new Date(86_400_000) };
  const pem = await makeAuthority(await newPrivateKey(), 'relay.example.org', shown, validity);
  const text = trustText('/my files/ca.crt', pem, { host: '0.0.0.0', port: 587, isImplicit: false }).join(
    '\n',
  );
  expect(text).toContain(new X509Certificate(pem).fingerprint256);
  expect(text).toMatch(
    /^ {2}install -m 644 '\/my files\/ca\.crt' \/usr\/local\/share\/ca-certificates\/dane-relay-[0-9a-f]{8}\.crt$/m,
  );
  expect(text).toContain(' -starttls smtp -connect localhost:587 -verify_hostname localhost ');
  const implicit = trustText('/ca.crt', pem, { host: '2001:db8::25', port: 465, isImplicit: true });
  expect(implicit.join('\n')).toContain(' s_client -connect [2001:db8::25]:465 -verify_ip 2001:db8::25 ');
});
