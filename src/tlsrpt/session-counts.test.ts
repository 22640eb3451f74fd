import { expect, test } from 'vitest';
import { createSessionCounts, type JudgedSession } from './session-counts.ts';

const policy = { type: 'tlsa', domain: 'mx.x.test', strings: [], mxHosts: [] } as const;
const session = (at: number): JudgedSession => ({ domain: 'x.test', result: { policy, faults: [] }, at });
const of = (queueId: string) => ({ queueId, destination: 'x.test' });

test('createSessionCounts() gives the sessions of a delivery once', () => {
  const counts = createSessionCounts();
  counts.note(of('4a'), session(1));
  counts.note(of('4b'), session(2));
  counts.note(of('4a'), session(3));
  expect(counts.take(of('4a')).map(({ at }) => at)).toEqual([1, 3]);
  expect(counts.take(of('4a'))).toEqual([]);
  expect(counts.take({ queueId: '4b', destination: 'y.test' })).toEqual([]);
  expect(counts.take(of('4b')).map(({ at }) => at)).toEqual([2]);
});

test('createSessionCounts() forgets the oldest of deliveries that never end', () => {
  const counts = createSessionCounts();
  for (let index = 0; index <= 10_000; index += 1) counts.note(of(`4${index}`), session(index));
  expect(counts.take(of('40'))).toEqual([]);
  expect(counts.take(of('41'))).toHaveLength(1);
  expect(counts.take(of('410000'))).toHaveLength(1);
});
