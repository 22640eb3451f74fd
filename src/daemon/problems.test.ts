import { expect, it } from 'vitest';
import { Problems } from './problems.ts';

it('is what each part says now', () => {
  const problems = new Problems();
  let queue: string | undefined;
  const files = new Map<string, string>();
  problems.ask('queue', () => queue);
  problems.askAll(() => files);
  expect([...problems.current()]).toEqual([]);
  queue = 'Redis is not reachable';
  files.set('TLS policy', 'not read again');
  expect([...problems.current()]).toEqual([
    ['queue', 'Redis is not reachable'],
    ['TLS policy', 'not read again'],
  ]);
  queue = undefined;
  files.clear();
  expect(problems.current().size).toBe(0);
});
