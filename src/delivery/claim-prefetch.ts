import type { Claim } from '../core/delivery/claim.ts';

/** The source of claims. */
export interface Source {
  /** With `bare`, claims come without their content, which is read on demand. */
  take(count: number, bare: boolean): Promise<readonly Claim[] | 'lost'>;
  /** Resolves to true as soon as there may be new mail since the last `take`, and to false after `ms`. */
  newMail(ms: number): Promise<boolean>;
}

/** Mail that falls due while other mail is under way is noticed at least this often. */
const LOOK_MS = 1_000;

/** Claims that were fetched ahead, so that no delivery has to wait for the queue. */
export interface ClaimPrefetch {
  /** The claim that is drawn next. */
  peek(): Claim | undefined;
  /** Takes up to `count` of the claims at hand. */
  draw(count: number): readonly Claim[];
  /** Begins to fetch if fewer than `wanted` are at hand and the queue is likely to have more. */
  fetch(wanted: number, bare?: boolean): void;
  /** The queue has more than its last answer said. */
  refresh(): void;
  /** Resolves when a fetch has ended or there may be new mail; undefined if neither is expected. */
  news(): Promise<unknown> | undefined;
  /** Nothing is at hand, and the queue has answered that nothing is due. */
  isEmpty(): boolean;
  /** The destination belongs to another process now. */
  isLost(): boolean;
  /** Waits up to `ms`, or until `enough`, for new mail; true when there may be some. Only for an empty prefetch. */
  linger(ms: number, enough?: Promise<void>): Promise<boolean>;
  /** Asks the queue whether something has fallen due; true if there is something at hand now. Only for an empty prefetch. */
  look(count: number): Promise<boolean>;
  /** Waits for the fetch under way and gives back all claims that were not drawn. Rejects if a fetch failed. */
  close(): Promise<readonly Claim[]>;
}

export function createClaimPrefetch(source: Source): ClaimPrefetch {
  let atHand: Claim[] = [];
  let fetching: Promise<void> | undefined;
  let dry = false;
  let lost = false;
  let failure: { readonly error: unknown } | undefined;

  async function take(count: number, bare: boolean): Promise<void> {
    try {
      const taken = await source.take(count, bare);
      if (taken === 'lost') {
        lost = true;
        return;
      }
      atHand.push(...taken);
      dry = taken.length < count;
    } catch (error) {
      failure = { error };
    } finally {
      fetching = undefined;
    }
  }

  return {
    peek: () => atHand[0],
    draw: (count) => atHand.splice(0, Math.max(0, count)),
    fetch(wanted, bare = false) {
      if (dry || lost || failure !== undefined || fetching !== undefined || atHand.length >= wanted) return;
      fetching = take(wanted, bare);
    },
    refresh: () => void (dry = false),
    news() {
      if (fetching !== undefined) return fetching;
      if (!dry) return undefined;
      return source.newMail(LOOK_MS).then(() => {
        dry = false;
      });
    },
    isEmpty: () => dry && atHand.length === 0 && fetching === undefined,
    isLost: () => lost || failure !== undefined,
    async linger(ms, enough) {
      const news = source.newMail(ms);
      const came = await (enough === undefined ? news : Promise.race([news, enough.then(() => false)]));
      if (came) dry = false;
      return came;
    },
    async look(count) {
      await take(count, false);
      return atHand.length > 0;
    },
    async close() {
      await fetching;
      const rest = atHand;
      atHand = [];
      if (failure !== undefined) throw failure.error;
      return rest;
    },
  };
}
