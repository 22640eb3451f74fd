import { expect, it } from 'vitest';
import { anchorOf, eventNames, eventTable } from './event-table.ts';

it('has no field that takes the place of what every line has', () => {
  const taken = ['level', 'time', 'component', 'event', 'msg'];
  const fields = eventNames.flatMap((event) => Object.keys(eventTable[event].fields));
  expect(fields.filter((name) => taken.includes(name.replace(/\?$/, '')))).toEqual([]);
});

it('has a place of its own for each event', () => {
  expect(new Set(eventNames.map(anchorOf)).size).toBe(eventNames.length);
});

it('tells in every row who writes the line, and by what it is known', () => {
  for (const event of eventNames) {
    const { by, shapes, means } = eventTable[event];
    expect([by.length > 0, shapes.length > 0, means.length > 0], event).toEqual([true, true, true]);
  }
});
