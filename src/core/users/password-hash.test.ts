import { expect, test } from 'vitest';
import { readStored, schemeOf, writeScram, writeScrypt } from './password-hash.ts';

const sha512 =
  '$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0';
const sha256 = '$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/';
const bcrypt = '$2b$10$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
const scrypt = '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$1idRgu6ns74sljt005o5BblTKV7Jul0HPGT6aXWnXKY';
const argon2 = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
const key = `${'A'.repeat(43)}=`;
const scram = `4096,W22ZaJ0SNY7soEsUEjb6gQ==,${key},${key}`;
const all = { argon2: true };

test.each([
  [sha512, 'SHA512-CRYPT'],
  [`{SHA512-CRYPT}${sha512}`, 'SHA512-CRYPT'],
  [`{crypt}${sha512}`, 'SHA512-CRYPT'],
  [sha512.replace('$6$', '$6$rounds=10000$'), 'SHA512-CRYPT'],
  [`{SHA256-CRYPT}${sha256}`, 'SHA256-CRYPT'],
  [bcrypt, 'bcrypt'],
  [`{BLF-CRYPT}${bcrypt.replace('$2b', '$2y')}`, 'bcrypt'],
  [`{CRYPT}${bcrypt.replace('$2b', '$2a')}`, 'bcrypt'],
  [scrypt, 'scrypt'],
  [`{ARGON2ID}${argon2}`, 'argon2id'],
])('readStored(): %s', (text, scheme) => {
  const stored = readStored(text, all);
  expect(stored.kind === 'password' && schemeOf(stored.hash)).toBe(scheme);
});

test.each([
  `{SCRAM-SHA-256}${scram}`,
  `{scram-sha-256}${scram}`,
  `SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$${key}:${key}`,
])('readStored(): a verifier, %s', (text) => {
  expect(readStored(text, all)).toMatchObject({ kind: 'scram', verifier: { iterations: 4096 } });
});

test('what is written can be read', () => {
  const stored = readStored(scrypt, all);
  expect(stored.kind === 'password' && stored.hash.kind === 'scrypt' && writeScrypt(stored.hash)).toBe(
    scrypt,
  );
  const verifier = readStored(`{SCRAM-SHA-256}${scram}`, all);
  expect(verifier.kind === 'scram' && writeScram(verifier.verifier)).toBe(`{SCRAM-SHA-256}${scram}`);
});

const fast = /guessed in hours: set the password anew with "dane-relay user add"/;
test.each([
  ['{PLAIN}secret', /stands there as it is: set the password anew/],
  ['{cleartext.b64}c2VjcmV0', /stands there as it is/],
  ['{SSHA}eO1fRkSxPnZTAxbKR2b9Gw==', fast],
  ['{SSHA256.hex}00', fast],
  ['{SSHA512}AA==', fast],
  ['{SCRAM-SHA-1}4096,x,y,z', fast],
  ['$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', fast],
  ['$apr1$saltsalt$xx', fast],
  ['sa3tHJ3/KuYvI', fast],
  [
    '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC',
    /yescrypt cannot be computed here/,
  ],
  ['{WHIRL}abc', /scheme \{WHIRL\} is not known here/],
  ['secret', /no hash that is known here/],
  ['', /no password/],
  ['!', /no password/],
  ['*', /no password/],
  [`!${sha512}`, /no password/],
  [sha512.slice(0, -1), /cut off or damaged/],
  [sha256.slice(0, -1), /cut off or damaged/],
  [bcrypt.slice(0, -1), /cut off or damaged/],
  [bcrypt.replace('$10$', '$15$'), /too much memory or time/],
  [sha512.replace('$6$', '$6$rounds=9999999$'), /too much memory or time/],
  [scrypt.replace('ln=15', 'ln=13'), fast],
  [scrypt.replace('ln=15', 'ln=22'), /too much memory or time/],
  [scrypt.replace('$c2', '$?'), /cut off or damaged/],
  [argon2.replace('m=65536', 'm=9999999'), /too much memory or time/],
  [argon2.replace('m=65536', 'm=1'), /cut off or damaged/],
  [`{SCRAM-SHA-256}${scram.replace('4096', '1000')}`, fast],
  [`{SCRAM-SHA-256}${scram.replace('4096', '9999999')}`, /too much memory or time/],
  [`{SCRAM-SHA-256}${scram.slice(0, -4)}`, /cut off or damaged/],
])('readStored(): %s is refused', (text, reason) => {
  const stored = readStored(text, all);
  expect(stored).toMatchObject({ kind: 'refused', reason: expect.stringMatching(reason) });
  if (text !== '')
    expect(stored.kind === 'refused' && stored.reason).not.toContain(text.replace(/^\{.*\}/, '') || '?');
});

test('readStored(): argon2id where it cannot be computed', () => {
  expect(readStored(argon2, { argon2: false })).toMatchObject({ reason: expect.stringContaining('24.7') });
});
