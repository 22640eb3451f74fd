/** Joins calls so that no caller gets a result older than its own call: a call during a run shares the next run. */
export function shareFresh<T>(run: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function start(): Promise<T> {
    const started = run();
    current = started;
    const end = (): void => {
      if (current === started) current = undefined;
    };
    started.then(end, end);
    return started;
  }

  return () => {
    if (current === undefined) return start();
    const follow = (): Promise<T> => {
      next = undefined;
      // Another caller began this run after the awaited one had ended, so it is fresh enough for all who waited.
      return current ?? start();
    };
    next ??= current.then(follow, follow);
    return next;
  };
}
