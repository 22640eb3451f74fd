import { expect, test } from 'vitest';
import { retryWhileRefused } from './retry-while-refused.ts';
import { asQueueError } from './queue-error.ts';

function reply(text: string): Error {
  return asQueueError(Object.assign(new Error(text), { name: 'ReplyError' }));
}

test.each([
  ['Redis works', reply('READONLY a replica')],
  ['Redis lets us in', reply('ERR max number of clients reached')],
  ['the connection holds', asQueueError(new Error('Connection is closed.'))],
  ['what answers is Redis', asQueueError(new Error('Unknown RESP type 72 "H". Please report this.'))],
])('retryWhileRefused(): again until %s', async (_, error) => {
  let times = 0;
  const command = (): Promise<number> => {
    times += 1;
    return times < 3 ? Promise.reject(error) : Promise.resolve(times);
  };
  await expect(retryWhileRefused(command, { isClosed: () => false }, 1)).resolves.toBe(3);
});

test.each([
  ['once the connection was closed for good', reply('READONLY'), true],
  ['if the command is what is wrong', reply('ERR no such command'), false],
  ['if the script is', reply('ERR attempt to index a nil value script: 12ab, on @user_script:3.'), false],
  ['if a key is', reply('WRONGTYPE Operation against a key'), false],
  ['if it is a bug', new Error('READONLY, says nobody'), false],
])('retryWhileRefused(): not %s', async (_, error, isClosed) => {
  let times = 0;
  const command = (): Promise<never> => {
    times += 1;
    return Promise.reject(error);
  };
  await expect(retryWhileRefused(command, { isClosed: () => isClosed }, 1)).rejects.toBe(error);
  expect(times).toBe(1);
});
