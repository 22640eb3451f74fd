import { expect, test } from 'vitest';
import { insist } from './insist.ts';
import { asQueueError } from './queue-error.ts';

function reply(text: string): Error {
  return asQueueError(Object.assign(new Error(text), { name: 'ReplyError' }));
}

test.each([
  ['Redis works', reply('READONLY a replica')],
  ['Redis lets us in', reply('ERR max number of clients reached')],
  ['the connection holds', asQueueError(new Error('Connection is closed.'))],
  ['what answers is Redis', asQueueError(new Error('Unknown RESP type 72 "H". Please report this.'))],
])('insist(): again until %s', async (_, error) => {
  let times = 0;
  const command = (): Promise<number> => {
    times += 1;
    return times < 3 ? Promise.reject(error) : Promise.resolve(times);
  };
  await expect(insist(command, { status: 'ready' }, 1)).resolves.toBe(3);
});

test.each([
  ['once the connection was closed for good', reply('READONLY'), 'end'],
  ['if the command is what is wrong', reply('ERR no such command'), 'ready'],
  ['if the script is', reply('ERR attempt to index a nil value script: 12ab, on @user_script:3.'), 'ready'],
  ['if a key is', reply('WRONGTYPE Operation against a key'), 'ready'],
  ['if it is a bug', new Error('READONLY, says nobody'), 'ready'],
])('insist(): not %s', async (_, error, status) => {
  let times = 0;
  const command = (): Promise<never> => {
    times += 1;
    return Promise.reject(error);
  };
  await expect(insist(command, { status }, 1)).rejects.toBe(error);
  expect(times).toBe(1);
});
