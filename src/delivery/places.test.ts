import { expect, test } from 'vitest';
import { createEndings } from './jobs.ts';
import { createPlaces } from './places.ts';

const few = (window = 2) => createPlaces(createEndings(), () => window);

/** Whether it has come, told after everything that was to happen in this turn. */
async function told(promise: Promise<void>): Promise<() => boolean> {
  let isHere = false;
  void promise.then(() => (isHere = true));
  await new Promise((resolve) => setImmediate(resolve));
  return () => isHere;
}

test('who hands his session on has no place, and gets one again when one is free', async () => {
  const places = few();
  const [one, two] = [places.enter(), places.enter()];
  one.handOn({});
  expect([places.taken, places.beside]).toEqual([1, 1]);
  const three = places.enter();
  const isBack = await told(one.again());
  expect([isBack(), places.areWanted]).toEqual([false, true]);
  two.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect([isBack(), places.areWanted]).toEqual([true, false]);
  expect([places.taken, places.beside]).toEqual([2, 0]);
  for (const place of [one, three]) place.end();
  await places.allEnded();
  expect([places.taken, places.beside]).toEqual([0, 0]);
});

test('who has a place has it again at once', async () => {
  const place = few().enter();
  await place.again();
});

test('a session that is of no use is handed back with the place', async () => {
  const places = few(1);
  const session = {};
  const one = places.enter();
  one.handOn(session);
  const two = places.enter();
  const isBack = await told(two.handBack(session));
  expect(isBack()).toBe(false);
  expect([places.taken, places.beside]).toEqual([1, 1]);
  // It has a place already, that of its connection.
  await one.again();
  one.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(isBack()).toBe(true);
  two.end();
  await places.allEnded();
});

test('a session whose delivery has ended is handed back to nobody', async () => {
  const places = few(1);
  const session = {};
  const one = places.enter();
  one.handOn(session);
  const two = places.enter();
  one.end();
  await two.handBack(session);
  expect([places.taken, places.beside]).toEqual([1, 0]);
});

test('of several that a session went through, the last has it back', async () => {
  const places = few(1);
  const session = {};
  const one = places.enter();
  one.handOn(session);
  const two = places.enter();
  two.handOn(session);
  const three = places.enter();
  one.end();
  void three.handBack(session);
  await two.again();
  expect([places.taken, places.beside]).toEqual([1, 1]);
});

test('a failure of one is told', async () => {
  const endings = createEndings();
  const places = createPlaces(endings, () => 2);
  const place = places.enter();
  place.handOn({});
  place.fail(new Error('a bug'));
  await expect(endings.next()).rejects.toThrow('a bug');
  expect([places.taken, places.beside]).toEqual([0, 0]);
});
