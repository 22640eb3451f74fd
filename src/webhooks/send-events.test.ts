import { expect, test } from 'vitest';
import { sendEvents, type EventStore } from './send-events.ts';

test('errors of the store are told, whatever they are, and it is asked again', async () => {
  const told: unknown[] = [];
  const bug = new TypeError('a bug');
  let asked = 0;
  const store: EventStore = {
    async dropped() {
      asked += 1;
      throw bug;
    },
    take: async () => [],
    settle: async () => true,
  };
  const webhook = {
    name: 'w',
    url: 'https://w.test/',
    secret: Buffer.from('s'),
    events: [],
    tokens: [],
    allowPrivate: false,
  };
  const sender = sendEvents([webhook], {
    store,
    log: () => expect.unreachable(),
    trouble: (error) => void told.push(error),
    now: () => 0,
    secure: () => expect.unreachable(),
    lookEveryMs: 1,
  });
  await expect.poll(() => asked).toBeGreaterThan(1);
  await sender.stop();
  expect(told).toHaveLength(asked);
  expect(told.every((error) => error === bug)).toBe(true);
});
