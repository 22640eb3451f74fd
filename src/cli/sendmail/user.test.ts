import { expect, test } from 'vitest';
import { callingUser, type UserLookups } from './user.ts';

const lookups: UserLookups = {
  info: () => ({ username: 'www-data' }),
  list: () => 'root:x:0:0:Charlie &,,,:/root:/bin/sh\nwww-data:x:33:33:The & of this host,room 1:/:/bin/sh\n',
};
const nobody: UserLookups = {
  info: () => {
    throw new Error('ENOENT');
  },
  list: () => {
    throw new Error('EACCES');
  },
};

test.each<[string, Readonly<Record<string, string>>, UserLookups, { name: string; fullName: string }]>([
  ['of the system', {}, lookups, { name: 'www-data', fullName: 'The Www-data of this host' }],
  ['the variable NAME', { NAME: 'Web' }, lookups, { name: 'www-data', fullName: 'Web' }],
  [
    'LOGNAME is not believed',
    { LOGNAME: 'root' },
    lookups,
    { name: 'www-data', fullName: 'The Www-data of this host' },
  ],
  ['LOGNAME where nobody knows the user', { LOGNAME: 'app' }, nobody, { name: 'app', fullName: '' }],
  ['USER where nobody knows the user', { USER: 'app' }, nobody, { name: 'app', fullName: '' }],
  ['a LOGNAME that is none', { LOGNAME: 'a b>' }, nobody, { name: 'user1234', fullName: '' }],
  ['nothing', {}, nobody, { name: 'user1234', fullName: '' }],
])('the user who calls: %s', (_, env, found, expected) => {
  expect(callingUser({ env, uid: 1234 }, found)).toEqual(expected);
});
