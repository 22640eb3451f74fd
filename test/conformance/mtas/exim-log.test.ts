import { expect, test } from 'vitest';
import { outcomeInEximLog } from './exim-log.ts';

const lines = [
  '2026-11-30 19:00:01 1wAAAA-0000aa-1b <= <> H=localhost [127.0.0.1] P=esmtp S=300',
  '2026-11-30 19:00:01 1wAAAA-0000aa-1b H=mx.x.test [127.80.1.10]: DANE error: tlsa lookup DEFER',
  '2026-11-30 19:00:01 1wAAAA-0000aa-1b == user@x.test R=lookup T=remote defer (-37): TLS session: x',
  '2026-11-30 19:00:02 1wBBBB-0000ab-2c => user@y.test R=lookup T=remote H=mx.y.test [127.80.1.11] C="250 ok"',
  '2026-11-30 19:00:02 1wBBBB-0000ab-2c Completed',
  '2026-11-30 19:00:03 1wCCCC-0000ac-3d ** user@z.test: domain does not accept mail (nullmx)',
  '2026-11-30 19:00:04 1wAAAA-0000aa-1b => user@x.test R=lookup T=remote H=mx.x.test [127.80.1.10] C="250 == ok"',
];

test.each([
  ['deferred, then delivered', '1wAAAA-0000aa-1b', { outcome: 'delivered', attempts: 2 }],
  ['delivered', '1wBBBB-0000ab-2c', { outcome: 'delivered', attempts: 1 }],
  ['failed', '1wCCCC-0000ac-3d', { outcome: 'returned', attempts: 1 }],
  ['of another message', '1wCCCC', { outcome: 'open', attempts: 0 }],
] as const)('outcomeInEximLog(): %s', (_, id, decision) => {
  expect(outcomeInEximLog(lines, id)).toEqual(decision);
});

test('outcomeInEximLog(): trouble with one of several hosts is no decision', () => {
  expect(outcomeInEximLog(lines.slice(0, 2), '1wAAAA-0000aa-1b')).toEqual({ outcome: 'open', attempts: 0 });
});
