import { afterEach } from 'vitest';

/** What a test opens and does not close itself is closed after it, newest first. To be called once a file, outside of tests. */
export function belongings(): <T extends AsyncDisposable>(thing: T) => T {
  const open: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const thing of open.splice(0).toReversed()) await thing[Symbol.asyncDispose]();
  });
  return (thing) => {
    open.push(thing);
    return thing;
  };
}
