import { expect, test } from 'vitest';
import type { PasswordHash } from '../users/password-hash.ts';
import type { User, UserTable } from '../users/users-file.ts';
import { createLoginVerifier, type Check } from './login-verifier.ts';

const bcrypt: PasswordHash = { kind: 'bcrypt', text: '$2b$10$of alice' };
const scrypt: PasswordHash = {
  kind: 'scrypt',
  ln: 15,
  r: 8,
  p: 1,
  salt: Buffer.from('salt'),
  hash: Buffer.from('hash'),
};
const verifier = {
  iterations: 5000,
  salt: Buffer.alloc(12, 1),
  storedKey: Buffer.alloc(32, 2),
  serverKey: Buffer.alloc(32, 3),
};

function tableOf(...users: readonly User[]): UserTable {
  return { users: new Map(users.map((user) => [user.name.toLowerCase(), user])), problems: [] };
}

/** Every password is right that is `right`; what was computed is written down. */
function harness(first: UserTable) {
  let table = first;
  let clock = 0;
  let answer: (password: string) => Promise<boolean> = async (password) => password === 'right';
  const computed: Check[] = [];
  const logins = createLoginVerifier({
    table: () => table,
    prepare: (text) => (text.includes('\u0007') ? undefined : text.normalize('NFKC')),
    check: (against, password) => {
      computed.push(against);
      return answer(password);
    },
    now: () => clock,
    processKey: Buffer.alloc(32, 1),
    decoyKey: Buffer.alloc(32, 2),
  });
  return {
    logins,
    computed,
    verify: (user: string, password: string, owner = '192.0.2.1') => logins.verify(user, password, owner),
    change: (to: UserTable) => void (table = to),
    at: (ms: number) => void (clock = ms),
    answer: (by: typeof answer) => void (answer = by),
  };
}

test('a right password is computed once in five minutes, a wrong one each time', async () => {
  const { verify, computed, at } = harness(tableOf({ name: 'Alice', password: bcrypt }));
  expect(await verify('ALICE', 'right')).toEqual({ kind: 'right', user: 'Alice' });
  expect(await verify('alice', 'right')).toEqual({ kind: 'right', user: 'Alice' });
  expect(computed).toHaveLength(1);
  at(300_000);
  await verify('alice', 'right');
  expect(computed).toHaveLength(2);
  for (let count = 0; count < 3; count += 1)
    expect(await verify('alice', 'wrong')).toEqual({ kind: 'wrong' });
  expect(computed).toHaveLength(5);
});

test.each([
  ['wrong', 'of another kind'],
  ['right', 'that is right for whom the decoy was taken from'],
])('an unknown user costs what a known one costs, with a password %s', async (password) => {
  const { verify, computed } = harness(tableOf({ name: 'alice', password: bcrypt }));
  const known = await verify('alice', 'wrong');
  const unknown = await verify('mallory', password);
  expect(unknown).toEqual(known);
  expect(unknown).toEqual({ kind: 'wrong' });
  expect(computed).toEqual([bcrypt, bcrypt]);
  expect(await verify('mallory\u0007', password)).toEqual({ kind: 'wrong' });
  expect(computed).toHaveLength(3);
});

test('unknown users are of the kinds that the known ones are, each always of the same', async () => {
  const { verify, computed } = harness(
    tableOf(
      { name: 'alice', password: bcrypt },
      { name: 'bob', password: scrypt },
      { name: 'carol', scram: verifier },
    ),
  );
  const names = Array.from({ length: 40 }, (_, index) => `user${index}`);
  for (const name of [...names, ...names]) await verify(name, 'wrong');
  expect(new Set(computed.map(({ kind }) => kind))).toEqual(new Set(['bcrypt', 'scrypt', 'scram']));
  expect(computed.slice(0, 40)).toEqual(computed.slice(40));
});

test('a change of the users is a change of everything', async () => {
  const { verify, computed, change, answer } = harness(tableOf({ name: 'alice', password: bcrypt }));
  await verify('alice', 'right');
  change(tableOf({ name: 'alice', password: scrypt }));
  answer(async () => false);
  expect(await verify('alice', 'right')).toEqual({ kind: 'wrong' });
  expect(computed).toEqual([bcrypt, scrypt]);
});

test('what was computed with the old users is not remembered for the new ones', async () => {
  const { verify, change, answer } = harness(tableOf({ name: 'alice', password: bcrypt }));
  let end: (isRight: boolean) => void = () => {};
  answer(() => new Promise((resolve) => (end = resolve)));
  const old = verify('alice', 'right');
  change(tableOf({ name: 'alice', password: scrypt }));
  end(true);
  expect(await old).toEqual({ kind: 'right', user: 'alice' });
  answer(async () => false);
  expect(await verify('alice', 'right')).toEqual({ kind: 'wrong' });
});

test('fifty clients that log in at once as the same user are one computation', async () => {
  const { verify, computed } = harness(tableOf({ name: 'alice', password: bcrypt }));
  const verdicts = await Promise.all(
    Array.from({ length: 50 }, (_, index) => verify('alice', 'right', `192.0.2.${index}`)),
  );
  expect(verdicts.every(({ kind }) => kind === 'right')).toBe(true);
  expect(computed).toHaveLength(1);
});

test('two computations at a time; a flood from one address has little room, and ours is the trouble', async () => {
  const { verify, computed, answer } = harness(tableOf({ name: 'alice', password: bcrypt }));
  const ends: ((isRight: boolean) => void)[] = [];
  answer(() => new Promise((resolve) => ends.push(resolve)));
  const flood = Array.from({ length: 200 }, (_, index) => verify('alice', `guess ${index}`, '192.0.2.66'));
  const other = verify('alice', 'right', '192.0.2.1');
  expect(computed).toHaveLength(2);
  const refused = await Promise.all(flood.slice(22));
  expect(new Set(refused.map((verdict) => JSON.stringify(verdict)))).toEqual(
    new Set(['{"kind":"unable","reason":"too many logins at the same time"}']),
  );
  // The other address is next but one.
  for (let turn = 0; turn < 2; turn += 1) {
    ends.shift()?.(false);
    await Promise.resolve();
    for (let rest = 0; rest < 20; rest += 1) await Promise.resolve();
  }
  expect(computed).toHaveLength(4);
  ends.pop()?.(true);
  expect(await other).toEqual({ kind: 'right', user: 'alice' });
});

test('our own trouble is no wrong password', async () => {
  const { verify, answer, change } = harness(tableOf({ name: 'alice', password: bcrypt }));
  answer(() => Promise.reject(new Error('out of memory')));
  expect(await verify('alice', 'right')).toEqual({
    kind: 'unable',
    reason: 'passwords cannot be checked now',
  });
  change(tableOf());
  expect(await verify('alice', 'right')).toEqual({ kind: 'unable', reason: 'there are no users' });
});

test('a password that nobody can have is not computed, whoever it is of', async () => {
  const { verify, computed } = harness(tableOf({ name: 'alice', password: bcrypt }));
  for (const user of ['alice', 'mallory'])
    for (const password of ['', 'x'.repeat(1025)])
      expect(await verify(user, password)).toEqual({ kind: 'wrong' });
  expect(computed).toHaveLength(0);
});

test('what we hash is prepared, what others have hashed is as it came', async () => {
  const { verify, answer } = harness(
    tableOf({ name: 'a', password: bcrypt }, { name: 'b', password: scrypt }),
  );
  const passwords: string[] = [];
  answer(async (password) => {
    passwords.push(password);
    return false;
  });
  await verify('a', '\uFF21');
  await verify('b', '\uFF21');
  await verify('b', '\uFF21\u0007');
  expect(passwords).toEqual(['\uFF21', 'A', '\uFF21\u0007']);
});

test('SCRAM: an unknown user has a salt of its own, and is like the others', () => {
  const { logins, change } = harness(tableOf({ name: 'alice', password: bcrypt, scram: verifier }));
  expect(logins.mechanisms()).toEqual(['SCRAM-SHA-256', 'PLAIN', 'LOGIN']);
  expect(logins.credentialsOf('ALICE')).toEqual({ user: 'alice', verifier });
  const [one, same, other] = ['mallory', 'Mallory', 'eve'].map((name) => logins.credentialsOf(name));
  expect(one).toEqual(same);
  expect(one?.user).toBeUndefined();
  expect(one?.verifier).toMatchObject({ iterations: 5000 });
  expect(one?.verifier.salt).toHaveLength(12);
  expect(one?.verifier.salt).not.toEqual(other?.verifier.salt);
  // Another user later does not give it another salt.
  change(tableOf({ name: 'alice', scram: verifier }, { name: 'bob', scram: verifier }));
  expect(logins.credentialsOf('mallory')).toEqual(one);
});

test('what cannot work is not offered', () => {
  const { logins, change } = harness(
    tableOf({ name: 'a', scram: verifier }, { name: 'b', password: bcrypt }),
  );
  expect(logins.mechanisms()).toEqual(['PLAIN', 'LOGIN']);
  change(tableOf());
  expect(logins.mechanisms()).toEqual([]);
});
