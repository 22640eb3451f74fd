/**
 * Joins calls without letting anybody have an outcome that is older than his question: whoever calls while a run is
 * under way shares the next one.
 */
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
      // Begun by somebody after the end of the one that was waited for: fresh enough for all who waited.
      return current ?? start();
    };
    next ??= current.then(follow, follow);
    return next;
  };
}
