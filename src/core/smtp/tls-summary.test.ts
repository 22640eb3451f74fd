import { describe, expect, test } from 'vitest';
import { tlsFacts, tlsSummary, verificationFailure, type TlsReading } from './tls-summary.ts';
import type { TlsWord } from './transaction.ts';

const relay = 'mx.example[192.0.2.1]:25';
const x25519 = { type: 'ECDH', name: 'X25519', size: 253 };
const rsa = { type: 'rsa', bits: 2048 };
const tls13 = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };

describe('tlsSummary()', () => {
  test.each<[string, TlsWord, TlsReading, string]>([
    [
      'RSA',
      'Verified',
      { ...tls13, ephemeralKey: x25519, serverKey: rsa },
      'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits)',
    ],
    [
      'ECDSA P-256',
      'Trusted',
      {
        ...tls13,
        cipher: 'TLS_AES_128_GCM_SHA256',
        ephemeralKey: { type: 'ECDH', name: 'prime256v1', size: 256 },
        serverKey: { type: 'ec', curve: 'prime256v1' },
      },
      'TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits) key-exchange ECDHE (prime256v1) server-signature ECDSA (prime256v1) server-digest SHA256',
    ],
    [
      'Ed25519',
      'Untrusted',
      {
        ...tls13,
        cipher: 'TLS_CHACHA20_POLY1305_SHA256',
        ephemeralKey: { type: 'TLSGroup', name: 'X25519MLKEM768' },
        serverKey: { type: 'ed25519' },
      },
      'TLSv1.3 with cipher TLS_CHACHA20_POLY1305_SHA256 (256/256 bits) key-exchange X25519MLKEM768 server-signature ED25519',
    ],
    [
      'finite field groups and an unknown curve',
      'Untrusted',
      {
        ...tls13,
        ephemeralKey: { type: 'DH', size: 2048 },
        serverKey: { type: 'ec', curve: 'brainpoolP256r1' },
      },
      'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange DHE (2048 bits) server-signature ECDSA (brainpoolP256r1)',
    ],
    [
      'TLS 1.2',
      'Untrusted',
      { protocol: 'TLSv1.2', cipher: 'ECDHE-RSA-AES256-GCM-SHA384', ephemeralKey: x25519, serverKey: rsa },
      'TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)',
    ],
    [
      'no certificate',
      'Anonymous',
      { protocol: 'TLSv1.2', cipher: 'AECDH-AES256-SHA', ephemeralKey: x25519 },
      'TLSv1.2 with cipher AECDH-AES256-SHA (256/256 bits)',
    ],
    [
      'TLS 1.0',
      'Untrusted',
      {
        protocol: 'TLSv1',
        cipher: 'DHE-RSA-AES128-SHA',
        ephemeralKey: { type: 'DH', size: 1024 },
        serverKey: rsa,
      },
      'TLSv1 with cipher DHE-RSA-AES128-SHA (128/128 bits)',
    ],
  ])('%s', (_, word, reading, text) => {
    expect(tlsSummary(word, relay, tlsFacts(reading))).toBe(
      `${word} TLS connection established to ${relay}: ${text}`,
    );
  });
});

test.each([
  ['AES256-SHA', 256, 256],
  ['ECDHE-ECDSA-AES256-CCM8', 256, 256],
  ['AES128-GCM-SHA256', 128, 128],
  ['ECDHE-RSA-CHACHA20-POLY1305', 256, 256],
  ['DHE-RSA-CAMELLIA256-SHA', 256, 256],
  ['ECDHE-ARIA256-GCM-SHA384', 256, 256],
  ['ECDHE-ARIA128-GCM-SHA256', 128, 128],
  ['DES-CBC3-SHA', 112, 168],
  ['DES-CBC-SHA', 56, 56],
  ['RC4-SHA', 128, 128],
  ['ECDHE-RSA-NULL-SHA', 0, 0],
])('tlsFacts(): %s has %d of %d bits', (cipher, used, algorithm) => {
  expect(tlsFacts({ protocol: 'TLSv1.2', cipher }).bits).toEqual([used, algorithm]);
});

test.each([
  [
    'num=65:no matching DANE TLSA records',
    0,
    `server certificate verification failed for ${relay}: num=65:no matching DANE TLSA records`,
  ],
  [
    'num=62:hostname mismatch',
    0,
    `server certificate verification failed for ${relay}: num=62:hostname mismatch`,
  ],
  [
    'certificate has expired',
    0,
    `server certificate verification failed for ${relay}: certificate has expired`,
  ],
  ['certificate has expired', 2, `CA certificate verification failed for ${relay}: certificate has expired`],
  [
    'certificate not yet valid',
    1,
    `CA certificate verification failed for ${relay}: certificate not yet valid`,
  ],
  ['self-signed certificate', 0, `certificate verification failed for ${relay}: self-signed certificate`],
  ['untrusted issuer /CN=Name', 1, `certificate verification failed for ${relay}: untrusted issuer /CN=Name`],
])('verificationFailure(): %s at depth %d', (detail, depth, text) => {
  expect(verificationFailure(relay, detail, depth)).toBe(text);
});
