import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import { proveLookups } from './proven-lookup.ts';
import type { ValidationState } from './validation-watch.ts';

const found = (secure: boolean): Answer<string> => ({
  kind: 'found',
  records: ['192.0.2.1'],
  secure,
  name: 'a.example',
  aliases: [],
  ttl: 60,
});

/** `proofs`: what the watch says to each answer in turn. */
function setUp(answers: readonly Answer<string>[], proofs: readonly boolean[], validating = true) {
  const world = { asked: 0, confirmed: [] as [number, boolean][], distrusted: 0, generation: 0, nowMs: 1000 };
  const lookup: Lookup = async () => {
    world.generation += 1;
    world.nowMs += 100;
    return (answers[world.asked++] ?? answers.at(-1)) as Answer<never>;
  };
  const state = { validating } as ValidationState;
  const proven = proveLookups({
    lookup,
    watch: {
      generation: () => world.generation,
      confirm: async (generation, secure) => {
        world.confirmed.push([generation, secure]);
        return proofs[world.confirmed.length - 1] ?? false;
      },
      distrust: () => (world.distrusted += 1),
      state: () => state,
    },
    limitMs: 1000,
    now: () => world.nowMs,
  });
  return { world, ask: () => proven('a.example', 'A') };
}

test.each([true, false])(
  'proveLookups(): a confirmed answer is handed out as it came (AD %s)',
  async (secure) => {
    const { world, ask } = setUp([found(secure)], [true]);
    expect(await ask()).toEqual(found(secure));
    // The generation is that from before the question.
    expect(world.confirmed).toEqual([[0, secure]]);
  },
);

test('proveLookups(): a failure needs no proof', async () => {
  const failed = { kind: 'failed', cause: 'timeout', detail: '' } as const;
  const { world, ask } = setUp([failed], []);
  expect(await ask()).toBe(failed);
  expect(world.confirmed).toEqual([]);
});

test('proveLookups(): what a server said that was left out is asked again of the others', async () => {
  const { ask } = setUp([found(false), found(true)], [false, true]);
  expect(await ask()).toEqual(found(true));
});

test('proveLookups(): without a validating server nothing is signed, nothing is kept, and nobody builds on it', async () => {
  const { world, ask } = setUp([found(true)], [false], false);
  expect(await ask()).toEqual({ ...found(false), ttl: 0 });
  expect(world.distrusted).toBe(1);
});

test('proveLookups(): an answer of a server that is only recovering is not kept', async () => {
  const { world, ask } = setUp([found(true)], [true], false);
  expect(await ask()).toEqual({ ...found(true), ttl: 0 });
  expect(world.distrusted).toBe(0);
});

test('proveLookups(): servers that keep changing are given up', async () => {
  const { world, ask } = setUp([found(true)], []);
  expect(await ask()).toMatchObject({ kind: 'failed', cause: 'timeout' });
  expect(world.asked).toBe(10);
});
