import type { SiteRecord } from '../core/delivery/site-record.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import { messageOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import {
  afterFailure,
  afterSuccess,
  freshConcurrency,
  plausible,
  revived,
  type ConcurrencyRules,
  type Suspension,
} from '../core/site/concurrency.ts';
import { revivedLine, suspendedLine } from '../core/log/log-line.ts';
import { siteVerdict, type SiteVerdict } from '../core/site/site-trouble.ts';
import { siteNotStored } from './log-lines.ts';

export interface SiteWatchPorts {
  readonly rules: ConcurrencyRules;
  /** Mail that the destination kept waiting is not tried again sooner than this after it was. */
  readonly minimalBackoffMs: number;
  /** False while the trouble may be ours: nothing is held against a destination then. */
  readonly mayBlame: () => boolean;
  readonly log: Log;
  readonly now: () => number;
}

/** How a destination fares while a run serves it. */
export interface SiteWatch {
  /** Deliveries that may be under way. */
  window(): number;
  /** Present while the destination is left alone; its time may be up, then it is revived here. */
  suspension(underWay: number): Suspension | undefined;
  /** The latest delivery found it at work, and one of this run did. */
  isProven(): boolean;
  /** Takes note of a delivery; `underWay` counts it too. */
  learn(attempts: readonly Attempt[], underWay: number): SiteVerdict;
  /** Looks whether somebody else, the operator, has ended the suspension. */
  lookAgain(underWay: number): Promise<void>;
  /**
   * When the destination is at work again after it was left alone, the mail that waits for it need not wait for its own
   * time: up to `count` of it is made due. False when there is none.
   */
  makeDue(count: number): Promise<boolean>;
  /** A mail was settled; it waits for the destination, which was found in trouble at `since`, or it does not. */
  settled(mail: Claim, since: number | undefined): void;
}

export async function watchSite(
  destination: string,
  record: SiteRecord,
  { rules, minimalBackoffMs, mayBlame, log, now }: SiteWatchPorts,
): Promise<SiteWatch> {
  // On record until all that waited for the destination was told that it is at work again.
  let onRecord = await readRecord();
  let state = freshConcurrency(rules, onRecord);
  let proven = false;
  let written: Promise<unknown> = Promise.resolve();

  async function readRecord(): Promise<Suspension | undefined> {
    const suspension = await record.suspension();
    return suspension && plausible(suspension, now(), rules);
  }

  /** Written down beside the deliveries: what is lost of it costs another attempt. */
  function write(writing: Promise<void>): void {
    const done = writing.catch((error: unknown) => log(siteNotStored(destination, messageOf(error))));
    written = Promise.all([written, done]);
  }

  return {
    window: () => state.window,
    suspension(underWay) {
      const until = state.suspension?.until ?? Infinity;
      const isOver = until <= now() || until > now() + rules.suspendMs;
      if (state.suspension !== undefined && isOver) state = revived(underWay, rules);
      return state.suspension;
    },
    isProven: () => proven,
    learn(attempts, underWay) {
      const verdict = siteVerdict(attempts);
      if (verdict.kind === 'trouble' && mayBlame()) {
        const before = state.suspension;
        state = afterFailure(state, verdict.status, now(), rules);
        proven = false;
        if (state.suspension !== undefined && state.suspension !== before) {
          onRecord = state.suspension;
          write(record.suspend(onRecord));
          log(suspendedLine(destination, onRecord));
        }
      } else if (verdict.kind === 'at work') {
        state = afterSuccess(state, underWay, rules);
        proven = true;
        if (onRecord !== undefined && onRecord.until > now()) {
          onRecord = { ...onRecord, until: now() };
          write(record.suspend(onRecord));
        }
      }
      return verdict;
    },
    async lookAgain(underWay) {
      if (state.suspension === undefined) return;
      await written;
      onRecord = await readRecord();
      if (onRecord === undefined) state = revived(underWay, rules);
    },
    async makeDue(count) {
      if (!proven || onRecord === undefined) return false;
      const madeDue = await record.makeDue(count, minimalBackoffMs);
      if (madeDue > 0) return true;
      onRecord = undefined;
      write(record.revive());
      log(revivedLine(destination));
      return false;
    },
    settled({ message: { queueId }, attempts }, since) {
      if (since !== undefined) write(record.await(queueId, since));
      // Only what was tried before can be on the list.
      else if (attempts > 0) write(record.stopWaiting(queueId));
    },
  };
}
