import { expect, test } from 'vitest';
import type { Top, TopRow } from '../../core/delivery/top-row.ts';
import { topLines } from './top-text.ts';

const at = 1_000_000_000;

function row(part: Partial<TopRow> = {}): TopRow {
  return { destination: 'good.example', waiting: 1, onHold: 0, underWay: [], ...part };
}

function top(rows: readonly TopRow[], part: Partial<Top> = {}): Top {
  return { schema: 1, at, destinations: rows.length, waiting: 1, isLive: true, rows, paused: [], ...part };
}

test('what waits, since when, until when, what is done about it, and why', () => {
  const rows = [
    row({
      waiting: 1_234,
      oldestAt: at - 720_000,
      isAtLeast: true,
      nextAt: at + 180_000,
      dsn: '4.7.5',
      reason: 'Server certificate not verified',
    }),
    row({
      destination: 'slow.example',
      waiting: 3,
      oldestAt: at - 60_000,
      nextAt: at - 1,
      underWay: [
        { queueId: '4A', phase: 'final reply', since: at - 31_000, host: 'mx' },
        { queueId: '4B', phase: 'content', since: at },
      ],
    }),
    row({ destination: 'down.example', suspendedUntil: at + 240_000, nextAt: at - 1, reason: 'refused' }),
    row({ destination: 'dane.example', postponed: 'DNSSEC validation is unavailable', nextAt: at - 1 }),
    row({ destination: 'held.example', waiting: 2, onHold: 2 }),
  ];
  expect(topLines(top(rows))).toEqual([
    'destination  waiting oldest next try now                    why',
    'good.example    1234   >12m       3m                        4.7.5 Server certificate not verified',
    'slow.example       3    60s      now final reply 31s +1',
    'down.example       1              4m                        suspended; refused',
    'dane.example       1          paused                        DNSSEC validation is unavailable',
    'held.example       2            hold                        2 on hold',
  ]);
});

test('an empty queue, and one that is too long for the table', () => {
  expect(topLines(top([]))).toEqual(['Mail queue is empty']);
  expect(topLines(top([row()], { destinations: 8, waiting: 99, isLive: false })).slice(2)).toEqual([
    'and 7 destinations more; 99 deliveries wait in all',
    'no relay is running here: nothing is delivered until one does',
  ]);
});

test('many destinations that wait for the same thing are one line, the first', () => {
  const paused = [{ postponed: 'DNSSEC validation is unavailable', destinations: 41, waiting: 1_000 }];
  expect(topLines(top([row()], { paused, destinations: 43, waiting: 1_002 }))).toEqual([
    'destination       waiting oldest next try now                    why',
    '(41 destinations)    1000          paused                        DNSSEC validation is unavailable',
    'good.example            1',
    'and 1 destinations more; 1002 deliveries wait in all',
  ]);
});

test('what servers say is harmless, and cut at the edge of the screen', () => {
  const [, line = ''] = topLines(top([row({ reason: `\u001b[31m${'x'.repeat(500)}` })]), 80);
  expect(line).toHaveLength(80);
  expect(line).toContain('?[31mxxx');
});
