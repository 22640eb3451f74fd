import { expect, test } from 'vitest';
import { makeAuthority, makeCertificate, pemOf } from '../../../test/support/test-ca.ts';
import { anchorRecords } from './anchor-records.ts';

const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: ['mx.test'] });
const certificate = pemOf(authority.der);
const key = pemOf(leaf.spki).replaceAll('CERTIFICATE', 'PUBLIC KEY');
const whole = { matching: 0, data: authority.der, selector: 0 };
const bare = { matching: 0, data: leaf.spki, selector: 1 };

test.each([
  [
    'a certificate',
    certificate,
    [
      { usage: 2, ...whole },
      { usage: 3, ...whole },
    ],
  ],
  [
    'a public key',
    key,
    [
      { usage: 2, ...bare },
      { usage: 3, ...bare },
    ],
  ],
  [
    'a certificate beside a private key',
    `${certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY')}${certificate}`,
    [
      { usage: 2, ...whole },
      { usage: 3, ...whole },
    ],
  ],
  [
    'both, with text between',
    `CA\n${certificate}key\n${key}`,
    [
      { usage: 2, ...whole },
      { usage: 3, ...whole },
      { usage: 2, ...bare },
      { usage: 3, ...bare },
    ],
  ],
])('anchorRecords(): %s', (_, pem, records) => {
  expect(anchorRecords(pem)).toEqual(records);
});

test.each([
  ['nothing', ''],
  ['a private key alone', certificate.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
  ['a key that calls itself a certificate', key.replaceAll('PUBLIC KEY', 'CERTIFICATE')],
  ['a good one and a broken one', `${certificate}${certificate.replace(/\n.{8}/, '\nAAAAAAAA')}`],
])('anchorRecords(): %s is no anchor', (_, pem) => {
  expect(anchorRecords(pem)).toBeUndefined();
});
