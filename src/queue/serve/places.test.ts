import { describe, expect, it } from 'vitest';
import { createPlaces } from './places.ts';

function world(busy: number, all = 100) {
  const places = createPlaces({ busy, all });
  return {
    places,
    look(times: number) {
      for (let time = 0; time < times; time += 1) places.look();
    },
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Whether somebody who waits for room was told of it. */
function waiting(places: ReturnType<typeof createPlaces>) {
  let told = false;
  void places.whenRoom().then(() => (told = true));
  return async () => {
    await settled();
    return told;
  };
}

describe('createPlaces()', () => {
  it('counts down as they are taken', () => {
    const { places } = world(2);
    expect(places.room()).toBe(2);
    places.enter();
    places.enter();
    expect(places.room()).toBe(0);
  });

  it('tells of a place that was left', async () => {
    const { places } = world(1);
    const place = places.enter();
    const isTold = waiting(places);
    expect(await isTold()).toBe(false);
    place.leave();
    expect(await isTold()).toBe(true);
    expect(places.room()).toBe(1);
  });

  it('does not count places at which nothing happens, and tells of them', async () => {
    const { places, look } = world(2);
    places.enter();
    places.enter();
    const isTold = waiting(places);
    look(4);
    expect(places.room()).toBe(0);
    expect(await isTold()).toBe(false);
    look(1);
    expect(places.room()).toBe(2);
    expect(await isTold()).toBe(true);
  });

  it('counts those at which something does', () => {
    const { places, look } = world(2);
    const place = places.enter();
    places.enter();
    look(4);
    place.touch();
    look(4);
    expect(places.room()).toBe(1);
  });

  it('counts one that was quiet as soon as it goes on', () => {
    const { places, look } = world(1);
    const place = places.enter();
    look(5);
    places.enter();
    look(5);
    expect(places.room()).toBe(1);
    place.touch();
    expect(places.room()).toBe(0);
  });

  it('counts all of them for the limit of all', async () => {
    const { places, look } = world(2, 3);
    const first = places.enter();
    places.enter();
    look(5);
    expect(places.room()).toBe(1);
    places.enter();
    look(5);
    expect(places.room()).toBe(0);
    first.leave();
    expect(places.room()).toBe(1);
  });

  it('keeps nobody waiting once it is closed', async () => {
    const { places } = world(1);
    places.enter();
    const isTold = waiting(places);
    places.close();
    expect(await isTold()).toBe(true);
    await places.whenRoom();
  });
});
