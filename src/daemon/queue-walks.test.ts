import { expect, it } from 'vitest';
import type { Queue } from '../queue/open-queue.ts';
import { startQueueWalks } from './queue-walks.ts';

type Tell = Parameters<Queue['walk']>[0];

function setup() {
  const walks: { readonly tell: Tell; readonly end: () => void; readonly fail: () => void }[] = [];
  const ended: string[][] = [];
  let look = (): void => {};
  const queue = {
    walk: (tell: Tell) =>
      new Promise<void>((resolve, reject) =>
        walks.push({ tell, end: resolve, fail: () => reject(new Error()) }),
      ),
  };
  const findings = {
    begin() {
      const found: string[] = [];
      return {
        add: (state: string, level: string) => void found.push(`${state} ${level}`),
        end: () => void ended.push(found),
      };
    },
    onLook: (listener: () => void) => void (look = listener),
  };
  const policy = (nextHop: string) =>
    nextHop === 'bad.test' ? ({ kind: 'invalid' } as const) : ({ kind: 'level', level: 'dane' } as const);
  const started = startQueueWalks(queue, policy as Parameters<typeof startQueueWalks>[1], findings);
  return { walks, ended, look: () => look(), stop: () => started.stop() };
}

const settled = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

it('walks when somebody looks, once at a time, and not again at once', async () => {
  const { walks, ended, look } = setup();
  expect(walks).toHaveLength(0);
  look();
  look();
  expect(walks).toHaveLength(1);
  walks[0]?.tell('a.test', 'due', 1);
  walks[0]?.tell('bad.test', 'held', 1);
  walks[0]?.end();
  await settled();
  expect(ended).toEqual([['due dane', 'held unknown']]);
  look();
  expect(walks).toHaveLength(1);
});

it('keeps nothing of a walk that failed, and walks no more once it is stopped', async () => {
  const { walks, ended, look, stop } = setup();
  look();
  walks[0]?.fail();
  await settled();
  expect(ended).toEqual([]);
  const other = setup();
  other.stop();
  other.look();
  expect(other.walks).toHaveLength(0);
  stop();
});
