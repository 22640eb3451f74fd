import { expect, test } from 'vitest';
import { canServeScram, isName, readUsers, withoutUser } from './users-file.ts';

const hash =
  '$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0';
const key = `${'A'.repeat(43)}=`;
const scram = `{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,${key},${key}`;
const postgres = `SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$${key}:${key}`;
const prepare = (text: string): string | undefined =>
  text.includes('\u0007') ? undefined : text.normalize('NFKC');
const options = { prepare, abilities: { argon2: true } };
const read = (text: string) => readUsers(text, 'users', options);

test('readUsers(): one broken line keeps nobody else out, and nothing secret is told', () => {
  const { users, problems } = read(
    [
      '# users',
      `alice:${hash}`,
      'topsecret',
      '  ',
      `Bob:{SHA512-CRYPT}${hash}:5000:5000::/home/bob::userdb_quota=1\r`,
      'carol:{PLAIN}topsecret',
      `alice:${scram}`,
      `ALICE:${hash}`,
      `eve\u0007:${hash}`,
      `dave@example.org:${postgres}`,
      `mallory:${hash}::::::allow_nets=192.0.2.0/24`,
      `eve :${hash}`,
      '',
    ].join('\n'),
  );
  expect(
    [...users.values()].map(({ name, password, scram }) => [name, password?.kind, scram?.iterations]),
  ).toEqual([
    ['alice', 'sha-crypt', 4096],
    ['Bob', 'sha-crypt', undefined],
    ['dave@example.org', undefined, 4096],
  ]);
  expect(problems).toEqual([
    'users:3: not of the form name:hash',
    'users:6: "carol": the password stands there as it is: set the password anew with "dane-relay user add"',
    'users:8: "ALICE" has a line before, and the first one counts',
    'users:9: not of the form name:hash',
    'users:11: "mallory" has the field allow_nets, which is not obeyed here: the user cannot log in',
    'users:12: not of the form name:hash',
  ]);
  expect(problems.join()).not.toContain('topsecret');
});

test('readUsers(): names are compared as they are prepared, in any case', () => {
  const { users } = read(`\uFF21lice:${hash}\n`);
  expect([...users.keys()]).toEqual(['alice']);
});

test('canServeScram(): every user has a verifier', () => {
  expect(canServeScram(read(''))).toBe(false);
  expect(canServeScram(read(`a:${hash}\na:${scram}\n`))).toBe(true);
  expect(canServeScram(read(`a:${scram}\nb:${hash}\n`))).toBe(false);
  expect(canServeScram(read(`a:${scram}\nb:nonsense\n`))).toBe(true);
  // What libsasl2 computes, and no more.
  const of = (iterations: number): string => scram.replace(/\d+,/, `${iterations},`);
  expect(canServeScram(read(`a:${of(65_536)}\n`))).toBe(true);
  expect(canServeScram(read(`a:${scram}\nb:${of(65_537)}\n`))).toBe(false);
});

test('isName()', () => {
  expect(['a', 'a b', 'a@b.c', 'grün'].every(isName)).toBe(true);
  expect(['', ' a', 'a ', 'a:b', '#a', 'a\tb\n', 'a\u202Eb', 'x'.repeat(256)].some(isName)).toBe(false);
});

test('withoutUser()', () => {
  const text = `# a:b\nAlice:${hash}\nbob:${hash}\nalice:${scram}`;
  expect(withoutUser(text, 'alice', prepare)).toEqual({ text: `# a:b\nbob:${hash}`, removed: 2 });
  expect(withoutUser(text, 'carol', prepare)).toEqual({ text, removed: 0 });
});
