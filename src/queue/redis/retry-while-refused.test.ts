import { expect, test } from 'vitest';
import { retryWhileRefused } from './retry-while-refused.ts';
import { asQueueError } from './queue-error.ts';

function reply(text: string): Error {
  return asQueueError(Object.assign(new Error(text), { name: 'ReplyError' }));
}

test('retryWhileRefused(): again until Redis works', async () => {
  let times = 0;
  const command = (): Promise<number> => {
    times += 1;
    return times < 3 ? Promise.reject(reply('READONLY a replica')) : Promise.resolve(times);
  };
  await expect(retryWhileRefused(command, { isClosed: () => false }, 1)).resolves.toBe(3);
});

test.each([
  ['once the connection was closed for good', reply('READONLY'), true],
  ['if the command is what is wrong', reply('ERR no such command'), false],
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
