import { expect, test } from 'vitest';
import type { LogEvent } from '../core/log/log-event.ts';
import { openOperatorTable } from './operator-table.ts';

const options = {
  entries: 'password entries',
  count: ({ entries }: { entries: ReadonlyMap<string, unknown> }) => entries.size,
  component: 'smtp',
  event: 'login',
} as const;

test('reads, warns of what makes no sense, and says how much it read again', () => {
  const events: LogEvent[] = [];
  const tables = [
    { entries: new Map([['a', 1]]), problems: ['a: wrong'] },
    { entries: new Map([['b', 2]]), problems: [] },
  ];
  const read = (): (typeof tables)[0] => tables.shift() ?? { entries: new Map(), problems: [] };
  const table = openOperatorTable({ ...options, file: '/f', read }, (event) => events.push(event));
  expect([table.version(), table.current().entries.get('a'), table.problems()]).toEqual([1, 1, ['a: wrong']]);
  table.reload();
  expect([table.version(), table.current().entries.get('b'), table.problems()]).toEqual([2, 2, []]);
  expect(events).toEqual([
    { component: 'smtp', severity: 'warning', event: 'login', text: 'a: wrong' },
    { component: 'smtp', severity: 'info', event: 'login', text: '/f: 1 password entries' },
  ]);
});

test('what cannot be read again stays as it was', () => {
  let isThere = true;
  const first = { entries: new Map(), problems: [] };
  const read = (): typeof first => {
    if (!isThere) throw new Error('gone');
    return first;
  };
  const table = openOperatorTable({ ...options, file: '/f', read }, () => {});
  isThere = false;
  expect(() => table.reload()).toThrow('gone');
  expect([table.version(), table.current()]).toEqual([1, first]);
});

test('says nothing about a file that there is none of', () => {
  const events: LogEvent[] = [];
  const read = (): { entries: Map<string, unknown>; problems: [] } => ({ entries: new Map(), problems: [] });
  const table = openOperatorTable({ ...options, file: '', read }, (event) => events.push(event));
  table.reload();
  expect([table.version(), events]).toEqual([2, []]);
});
