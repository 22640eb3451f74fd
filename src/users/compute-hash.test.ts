import { expect, test } from 'vitest';
import { readStored, type PasswordHash } from '../core/users/password-hash.ts';
import { unless } from '../../test/support/unless.ts';
import { abilities, matches } from './compute-hash.ts';
import { generatePassword, linesFor } from './new-password.ts';
import { prepare } from './prepare.ts';
import { readUsers } from '../core/users/users-file.ts';

function hashOf(text: string): PasswordHash {
  const stored = readStored(text, { argon2: true });
  if (stored.kind !== 'password') throw new Error(JSON.stringify(stored));
  return stored.hash;
}

// By openssl passwd, glibc's crypt(3), Python's hashlib.
test.each([
  ['$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0'],
  ['$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/'],
  [
    '$6$rounds=10000$saltsalt$EMCAJaVdD8QpgIn1w2Sq1C8/BIypyMaemdjCDgDu8NxiKn5cVOzQe8ZMNovWPPitzBG6NZOSXfpu45VIxD1OF0',
  ],
  ['$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'],
  ['$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'],
  ['$scrypt$ln=14,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$1idRgu6ns74sljt005o5BblTKV7Jul0HPGT6aXWnXKY'],
])('matches(): %s', (text) => {
  expect(matches(hashOf(text), 'correct horse')).toBe(true);
  expect(matches(hashOf(text), 'correct horsf')).toBe(false);
});

test('matches(): a password in UTF-8', () => {
  expect(matches(hashOf('$2b$04$abcdefghijklmnopqrstuuQYEk91mE9jD3s0Fa6l8hqSxfClgS2VO'), 'grün')).toBe(true);
});

unless(abilities.argon2 ? undefined : 'this Node.js has no argon2', test)('matches(): argon2id', () => {
  // A test vector of the reference implementation.
  const hash = hashOf(
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  );
  expect(matches(hash, 'password')).toBe(true);
  expect(matches(hash, 'passwords')).toBe(false);
});

test('what `user add` writes: two lines that know the password, with a salt of their own each', async () => {
  const password = generatePassword();
  expect(password).toMatch(/^[\w-]{20}$/);
  const lines = await linesFor('alice', password);
  const { users, problems } = readUsers(lines.join('\n'), 'users', { prepare, abilities });
  expect(problems).toEqual([]);
  const { password: hash, scram } = users.get('alice') ?? {};
  if (hash === undefined || scram === undefined) throw new Error('no user');
  for (const check of [hash, { kind: 'scram' as const, verifier: scram }]) {
    expect(matches(check, password)).toBe(true);
    expect(matches(check, `${password}x`)).toBe(false);
  }
  expect(await linesFor('alice', password)).not.toEqual(lines);
});

test('prepare(): the examples of RFC 4013 §3', () => {
  expect(['I\u00ADX', 'user', 'USER', '\u00AA', '\u2168', '\u0007', '\u06271'].map(prepare)).toEqual([
    'IX',
    'user',
    'USER',
    'a',
    'IX',
    undefined,
    undefined,
  ]);
});
