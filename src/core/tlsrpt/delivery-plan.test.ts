import { expect, test } from 'vitest';
import { doneMark, nextTry, readProgress, startProgress, stillToReach } from './delivery-plan.ts';

const hour = 3_600_000;

test('nextTry() waits longer each time, for a day', () => {
  const pauses: number[] = [];
  let now = 0;
  for (let attempts = 0; ; attempts += 1) {
    const at = nextTry({ ...startProgress(0), attempts }, now);
    if (at === undefined) break;
    pauses.push((at - now) / 60_000);
    now = at;
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 240, 240, 240, 240]);
  expect(now).toBeLessThanOrEqual(24 * hour);
});

test('stillToReach() leaves out who has it', () => {
  const addresses = [
    { kind: 'mailto', mailbox: 'a@x.test' },
    { kind: 'https', url: 'https://x.test/' },
  ] as const;
  const progress = { ...startProgress(5), done: [doneMark(addresses[0])] };
  expect(stillToReach(addresses, progress)).toEqual([addresses[1]]);
  // As earlier relays have written it.
  const older = readProgress(JSON.stringify({ ...progress, done: ['mailto:a@x.test'] }));
  expect(older && stillToReach(addresses, older)).toEqual([addresses[1]]);
});

test('doneMark() is short, however long the address, and different for each', () => {
  const marks = ['a', 'b'].map((one) =>
    doneMark({ kind: 'https', url: `https://x.test/${one.repeat(900)}` }),
  );
  expect(marks.map(({ length }) => length)).toEqual([16, 16]);
  expect(new Set(marks).size).toBe(2);
});

test('readProgress() reads what was written, and nothing else', () => {
  const progress = { attempts: 2, since: 5, done: [doneMark({ kind: 'mailto', mailbox: 'a@x.test' })] };
  expect(readProgress(JSON.stringify(progress))).toEqual(progress);
  expect(readProgress('')).toBeUndefined();
  expect(readProgress('{"attempts":"2"}')).toBeUndefined();
});
