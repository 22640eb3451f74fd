import { expect, test } from 'vitest';
import { takeActivatedSockets } from './activated-sockets.ts';

test.each<[string, Record<string, string>, [string, number[]][]]>([
  ['none', {}, []],
  [
    'two of a name, and another one',
    { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'mx:submission:mx' },
    [
      ['mx', [3, 5]],
      ['submission', [4]],
    ],
  ],
  ['without names', { LISTEN_PID: '7', LISTEN_FDS: '2' }, [['unknown', [3, 4]]]],
  ['of another process', { LISTEN_PID: '8', LISTEN_FDS: '1', LISTEN_FDNAMES: 'mx' }, []],
  ['a number that is none', { LISTEN_PID: '7', LISTEN_FDS: 'x', LISTEN_FDNAMES: 'mx' }, []],
])('takeActivatedSockets(): %s', (_, variables, sockets) => {
  const env: Record<string, string | undefined> = { ...variables, PATH: '/bin' };
  expect([...takeActivatedSockets(env, 7)]).toEqual(sockets);
  expect(env).toEqual({ PATH: '/bin' });
});
