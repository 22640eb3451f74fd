import { createJobs, type Endings, type Job } from './jobs.ts';

/**
 * The places of a destination, one for each delivery that has a connection or looks for one. Who hands its session on
 * behind the final dot gives up its place with it, and waits for its reply beside those that have one.
 */
export interface Places {
  /** Deliveries that have a place. */
  readonly taken: number;
  /** Deliveries that have none. */
  readonly beside: number;
  /** Somebody who gave up his place needs one again. He comes before new mail. */
  readonly areWanted: boolean;
  enter(): Place;
  /** As for Jobs. */
  allEnded(): Promise<void>;
}

/** The place of one delivery. */
export interface Place {
  /** Gives it up for the mail that gets this session. */
  handOn(session: object): void;
  /** Resolves once the delivery has a place: before it looks for another connection. */
  again(): Promise<void>;
  /**
   * The session that came from another delivery is of no use as long as that waits for its reply: the place goes back
   * to it, for the connection is still open. Resolves once there is another place.
   */
  handBack(session: object): Promise<void>;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

/** @param window most that are taken at the same time */
export function createPlaces(endings: Endings, window: () => number): Places {
  const within = createJobs(endings);
  const beside = createJobs(endings);
  const waiting: (() => void)[] = [];
  /** Those that handed a session on -> how they get a place, the one of whoever has it now. */
  const owners = new Map<object, () => void>();

  function admit(): void {
    while (waiting.length > 0 && within.size < Math.max(1, window())) waiting.shift()?.();
  }

  function enter(): Place {
    let job: Job = within.begin();
    let isWithin = true;
    let handedOn: object | undefined;
    const move = (isIn: boolean): void => {
      const before = job;
      isWithin = isIn;
      job = (isIn ? within : beside).begin();
      before.end();
    };
    const moveIn = (): void => {
      if (!isWithin) move(true);
    };
    const leave = (): void => {
      if (handedOn !== undefined && owners.get(handedOn) === moveIn) owners.delete(handedOn);
      admit();
    };
    const again = (): Promise<void> =>
      isWithin
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(() => {
              moveIn();
              resolve();
            });
            admit();
          });
    return {
      handOn(session) {
        handedOn = session;
        owners.set(session, moveIn);
        move(false);
      },
      again,
      handBack(session) {
        const giveBack = owners.get(session);
        // Its reply has come meanwhile, and with it the end of the connection.
        if (giveBack === undefined) return Promise.resolve();
        owners.delete(session);
        move(false);
        giveBack();
        return again();
      },
      end() {
        job.end();
        leave();
      },
      fail(error) {
        job.fail(error);
        leave();
      },
    };
  }

  return {
    get taken() {
      return within.size;
    },
    get beside() {
      return beside.size;
    },
    get areWanted() {
      return waiting.length > 0;
    },
    enter,
    async allEnded() {
      while (within.size + beside.size > 0) await endings.next();
    },
  };
}
