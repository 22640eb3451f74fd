import { expect, test } from 'vitest';
import { takeActivatedSockets } from './activated-sockets.ts';

test.each<[string, Record<string, string>, string[]]>([
  ['none', {}, []],
  [
    'two of a name, and another one',
    { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'mx:submission:mx' },
    ['3 mx', '4 submission', '5 mx'],
  ],
  ['without names', { LISTEN_PID: '7', LISTEN_FDS: '2' }, ['3 unknown', '4 unknown']],
  ['of another process', { LISTEN_PID: '8', LISTEN_FDS: '1', LISTEN_FDNAMES: 'mx' }, []],
  ['a number that is none', { LISTEN_PID: '7', LISTEN_FDS: 'x', LISTEN_FDNAMES: 'mx' }, []],
])('takeActivatedSockets(): %s', (_, variables, sockets) => {
  const env: Record<string, string | undefined> = { ...variables, PATH: '/bin' };
  const taken = takeActivatedSockets(env, 7, (descriptor) => ({ host: '127.0.0.1', port: descriptor }));
  expect(taken.map(({ descriptor, name }) => `${descriptor} ${name}`)).toEqual(sockets);
  expect(taken.map(({ place }) => place?.port)).toEqual(taken.map(({ descriptor }) => descriptor));
  expect(env).toEqual({ PATH: '/bin' });
});
