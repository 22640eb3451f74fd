/** Work that is under way side by side. */
export interface Jobs {
  readonly size: number;
  add(work: Promise<void>): void;
  /** Takes note of work whose end is told by whoever does it. */
  begin(): Job;
  /** Resolves when there is none, those included that are added meanwhile. Rejects if one fails. */
  allEnded(): Promise<void>;
}

/** Work that is under way. Only its first end counts. */
export interface Job {
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
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
  const jobs = new Set<Job>();

  function begin(): Job {
    const job: Job = {
      end() {
        if (jobs.delete(job)) endings.ended();
      },
      fail(error) {
        if (jobs.delete(job)) endings.failed(error);
      },
    };
    jobs.add(job);
    return job;
  }

  return {
    get size() {
      return jobs.size;
    },
    add(work) {
      const job = begin();
      work.then(job.end, job.fail);
    },
    begin,
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
