import { expect, test } from 'vitest';
import { QueueError } from '../queue/open-queue.ts';
import { bugLog } from './bug-log.ts';

test('bugLog() tells of each bug once, and says nothing of a store that is away', () => {
  const texts: string[] = [];
  const tell = bugLog(({ text }) => void texts.push(text), 'the TLS report is tried again later');
  const bug = new Error('a bug');
  tell(new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable'));
  tell(bug);
  tell(bug);
  expect(texts).toEqual([
    expect.stringMatching(/^internal error, the TLS report is tried again later: Error: a bug/),
  ]);
});
