import { whenAborted } from '../core/when-aborted.ts';

/** So much work at a time. */
export interface Places {
  /**
   * Does the work when there is a place for it, in the order of asking. Rejects if `left` is aborted before: then it was
   * not begun.
   */
  withPlace<T>(work: () => Promise<T>, left: AbortSignal): Promise<T>;
}

export function createPlaces(most: number): Places {
  /** Those who wait for a place, the first first. */
  const line = new Set<() => void>();
  let taken = 0;

  function turn(left: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        release();
        resolve();
      };
      line.add(begin);
      const release = whenAborted(left, () => {
        line.delete(begin);
        reject(left.reason as Error);
      });
    });
  }

  return {
    async withPlace(work, left) {
      // Whoever ends work hands the place on.
      if (taken >= most) await turn(left);
      else taken += 1;
      try {
        return await work();
      } finally {
        const [next] = line;
        if (next === undefined) taken -= 1;
        else {
          line.delete(next);
          next();
        }
      }
    },
  };
}
