import { expect, test, vi } from 'vitest';
import { createEndings, createJobs } from './jobs.ts';

const job = (): {
  readonly work: Promise<void>;
  readonly end: () => void;
  readonly fail: (why: Error) => void;
} => {
  let end = (): void => {};
  let fail: (why: Error) => void = () => {};
  const work = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { work, end, fail };
};

test('tells of each end, and of the last', async () => {
  const endings = createEndings();
  const jobs = createJobs(endings);
  const [one, two] = [job(), job()];
  for (const { work } of [one, two]) jobs.add(work);
  const all = jobs.allEnded();
  expect(jobs.size).toBe(2);
  one.end();
  await endings.next();
  expect(jobs.size).toBe(1);
  const three = job();
  jobs.add(three.work);
  // Told in the same place, but none of these.
  const other = job();
  createJobs(endings).add(other.work);
  two.end();
  three.end();
  await all;
  expect(jobs.size).toBe(0);
});

test('a failure is told to whoever waits, then and later', async () => {
  const endings = createEndings();
  const jobs = createJobs(endings);
  const [one, two] = [job(), job()];
  for (const { work } of [one, two]) jobs.add(work);
  one.fail(new Error('a bug'));
  await expect(endings.next()).rejects.toThrow('a bug');
  two.end();
  await two.work;
  await expect(endings.next()).rejects.toThrow('a bug');
  await jobs.allEnded();
});

test('to ask again and again leaves nothing behind in a job that goes on', async () => {
  const endings = createEndings();
  const jobs = createJobs(endings);
  const long = job();
  const asked = vi.spyOn(long.work, 'then');
  jobs.add(long.work);
  for (let index = 0; index < 100; index += 1) {
    jobs.add(Promise.resolve());
    await endings.next();
  }
  expect(asked).toHaveBeenCalledTimes(1);
  long.end();
  await jobs.allEnded();
});
