import { describe, expect, it } from 'vitest';
import { createPlaces, type Place } from './places.ts';

function world(busy: number) {
  let now = 0;
  const places = createPlaces(busy, () => now);
  const entered: Place[] = [];
  return {
    places,
    entered,
    pass: (ms: number) => void (now += ms),
    async enter(count: number) {
      for (let nth = 0; nth < count; nth += 1) {
        void places.enter().then((place) => place !== undefined && entered.push(place));
      }
      await Promise.resolve();
    },
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('createPlaces()', () => {
  it('lets in as many as there are places', async () => {
    const { entered, enter } = world(2);
    await enter(3);
    expect(entered).toHaveLength(2);
  });

  it('gives a place that was left to who has waited longest', async () => {
    const { places, entered, enter } = world(1);
    await enter(1);
    const order: string[] = [];
    void places.enter().then(() => order.push('first'));
    void places.enter().then(() => order.push('second'));
    entered[0]?.leave();
    await settled();
    expect(order).toEqual(['first']);
  });

  it('does not count places at which nothing happens', async () => {
    const { places, entered, enter, pass } = world(2);
    await enter(4);
    pass(500);
    places.admit();
    await settled();
    expect(entered).toHaveLength(4);
  });

  it('counts those at which something does', async () => {
    const { places, entered, enter, pass } = world(2);
    await enter(4);
    pass(400);
    entered[0]?.touch();
    pass(400);
    places.admit();
    await settled();
    expect(entered).toHaveLength(3);
  });

  it('counts one that was quiet as soon as it goes on', async () => {
    const { places, entered, enter, pass } = world(1);
    await enter(2);
    pass(500);
    places.admit();
    await settled();
    expect(entered).toHaveLength(2);
    await enter(1);
    pass(500);
    entered[0]?.touch();
    places.admit();
    await settled();
    expect(entered).toHaveLength(2);
  });

  it('sends away who waits when it is closed, and everybody after', async () => {
    const { places, entered, enter } = world(1);
    await enter(1);
    const waits = places.enter();
    places.close();
    expect(await waits).toBeUndefined();
    expect(await places.enter()).toBeUndefined();
    expect(entered).toHaveLength(1);
  });
});
