import { expect, it } from 'vitest';
import { isQueueTrouble } from './queue-trouble.ts';

it.each([
  [Object.assign(new Error('away'), { code: 'QUEUE_AWAY' }), true],
  [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), false],
  [new Error('without a code'), false],
  [{ code: 'QUEUE_AWAY' }, false],
  [undefined, false],
])('%s: %s', (error, expected) => {
  expect(isQueueTrouble(error)).toBe(expected);
});
