/** Work that is under way side by side. */
export interface Jobs {
  readonly size: number;
  add(work: Promise<void>): void;
  /** Resolves when there is none, those included that are added meanwhile. Rejects if one fails. */
  allEnded(): Promise<void>;
}

/** Tells of the ends of jobs. */
export interface Endings {
  /**
   * Resolves when the next job ends; rejects once one has failed. It is asked for again and again while some jobs go on
   * for long: a `Promise.race` of them all would leave something behind in each of those, every time.
   */
  next(): Promise<void>;
  ended(): void;
  failed(error: unknown): void;
}

/** @param endings where their ends are told; may be that of other jobs too */
export function createJobs(endings: Endings): Jobs {
  const jobs = new Set<Promise<void>>();
  return {
    get size() {
      return jobs.size;
    },
    add(work) {
      jobs.add(work);
      work.then(
        () => {
          jobs.delete(work);
          endings.ended();
        },
        (error: unknown) => {
          jobs.delete(work);
          endings.failed(error);
        },
      );
    },
    async allEnded() {
      while (jobs.size > 0) await endings.next();
    },
  };
}

export function createEndings(): Endings {
  let tell = (): void => {};
  let fail: (error: unknown) => void = () => {};
  let hasFailed = false;
  let next = comingEnd();

  function comingEnd(): Promise<void> {
    return new Promise((resolve, reject) => {
      tell = resolve;
      fail = reject;
    });
  }

  return {
    next: () => next,
    ended() {
      tell();
      if (!hasFailed) next = comingEnd();
    },
    failed(error) {
      hasFailed = true;
      // Perhaps nobody waits at this moment.
      next.catch(() => {});
      fail(error);
    },
  };
}
