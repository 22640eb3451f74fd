import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, it } from 'vitest';

type Things = AsyncDisposable[];

/** What the test has opened that is under way here. */
const ofThisTest = new AsyncLocalStorage<Things>();

/** What a test opens and does not close itself is closed after it, newest first. To be called once a file, outside of tests. */
export function belongings(): <T extends AsyncDisposable>(thing: T) => T {
  const ofTheFile: Things = [];
  afterEach(() => closeAll(ofTheFile));
  return (thing) => {
    (ofThisTest.getStore() ?? ofTheFile).push(thing);
    return thing;
  };
}

/**
 * A test that runs beside others of its kind in the file, because it waits more than it computes. What it opens is closed
 * when it ends, and it counts nothing that others do, too.
 */
export function besideOthers(name: string, test: () => Promise<void>): void {
  it.concurrent(name, () => {
    const things: Things = [];
    return ofThisTest.run(things, async () => {
      try {
        await test();
      } finally {
        await closeAll(things);
      }
    });
  });
}

async function closeAll(things: Things): Promise<void> {
  for (const thing of things.splice(0).toReversed()) await thing[Symbol.asyncDispose]();
}
