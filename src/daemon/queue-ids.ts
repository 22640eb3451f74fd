import { randomInt } from 'node:crypto';
import { queueId } from '../core/mail/queue-id.ts';

/** Makes queue IDs of the time and of a number that no other process is likely to use in the same microsecond. */
export function queueIds(): () => string {
  const range = 2 ** 32;
  let sequence = randomInt(range);
  return () => {
    sequence = (sequence + 1) % range;
    return queueId(Math.floor((performance.timeOrigin + performance.now()) * 1000), sequence);
  };
}
