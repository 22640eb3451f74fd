import { Counter, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Tally } from './tally.ts';

it('counts by its words, and what is not among them as the last', async () => {
  const registry = new Registry();
  const counter = new Counter({ name: 'x', help: 'x', labelNames: ['a', 'b'], registers: [registry] });
  const tally = new Tally(['p', 'q', 'other'], ['r', 's']);
  tally.add('p', 'r');
  tally.add('p', 'r');
  tally.add('q', 's');
  tally.add('what', 'is this');
  tally.add();
  tally.show(counter, ['a', 'b']);
  // Looking twice counts nothing twice.
  tally.show(counter, ['a', 'b']);
  const { values } = await counter.get();
  expect(values.map(({ labels, value }) => [labels, value])).toEqual([
    [{ a: 'p', b: 'r' }, 2],
    [{ a: 'q', b: 's' }, 1],
    [{ a: 'other', b: 's' }, 2],
  ]);
  tally.show(counter, ['a', 'b'], true);
  expect((await counter.get()).values).toHaveLength(6);
});
