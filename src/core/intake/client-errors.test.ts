import { expect, test } from 'vitest';
import { ClientErrors } from './client-errors.ts';

const limits = { softErrorLimit: 2, hardErrorLimit: 4, junkCommandLimit: 3, recipientOvershootLimit: 5 };

function after(...events: readonly string[]): string {
  const errors = new ClientErrors(limits);
  for (const event of events) {
    if (event === 'delivered') errors.delivered();
    else if (/^\d/.test(event)) errors.refused(event);
    else errors.command(event);
  }
  return errors.reaction;
}

function times(count: number, event: string): string[] {
  return Array.from({ length: count }, () => event);
}

test.each([
  [[], 'obey'],
  [times(2, '500'), 'obey'],
  [times(3, '500'), 'delay'],
  [times(4, '500'), 'dismiss'],
  [[...times(3, '500'), 'delivered'], 'obey'],
  [times(99, 'RCPT'), 'obey'],
  [times(3, 'NOOP'), 'obey'],
  [['EHLO', 'RSET', 'VRFY', ...times(3, 'NOOP')], 'delay'],
  [times(7, 'RSET'), 'dismiss'],
  [times(5, '452 4.5.3'), 'obey'],
  [times(8, '452 4.5.3'), 'delay'],
])('ClientErrors: %j', (events, reaction) => {
  expect(after(...events)).toBe(reaction);
});
