import { setTimeout as sleep } from 'node:timers/promises';
import { barsOf } from '../core/page/bars.ts';
import type {
  PageException,
  PageHealth,
  PageState,
  QueueDigest,
  ResolverFacts,
  StoreFacts,
} from '../core/page/page-state.ts';
import { tallyQueue } from '../core/page/queue-digest.ts';
import type { SeriesWord } from '../core/series/series-view.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { ValidationState } from '../resolver/validation-watch.ts';
import type { Picture } from './picture.ts';

/** The parts that the page tells of, as far as they exist. */
export interface PageParts {
  queue?: Queue;
  resolver?: () => ValidationState;
  wantsDane?: () => boolean;
  exceptions?: () => readonly PageException[];
  health?: () => PageHealth | undefined;
  /** Where mail is taken: `127.0.0.1:2525`. */
  takesMailAt?: string;
}

export interface PageFacts {
  state(): Promise<PageState>;
  /** What is amiss now, in the words of the series. */
  amiss(): readonly SeriesWord[];
}

interface FactOptions {
  readonly relay: Omit<PageState['relay'], 'takesMailAt'>;
  readonly parts: PageParts;
  readonly picture: Picture;
  readonly problems: () => ReadonlyMap<string, string>;
  readonly lowWatermarkPercent: number;
  readonly now: () => number;
}

/** A digest takes this share of the time at most, however long the queue is. */
const REST = 20;
const LEAST_REST_MS = 900;
/** So long a state waits for the first digest, and for a newer one. */
const FIRST_MS = 3_000;
const LATER_MS = 500;
/** Deliveries that a state has; the rest is found by search. */
const MOST_RECENT = 30;

export function pageFacts(options: FactOptions): PageFacts {
  const { relay, parts, picture, problems, lowWatermarkPercent, now } = options;
  let digest: (QueueDigest & { readonly at: number }) | undefined;
  let digestDueAt = 0;
  let reading: Promise<void> | undefined;
  let refusedSince: { readonly state: StoreFacts['state']; readonly at: number } | undefined;

  async function readQueue(queue: Queue): Promise<void> {
    const at = now();
    const tally = tallyQueue(at);
    try {
      for await (const mail of queue.list()) tally.add(mail);
      digest = { at, ...tally.digest() };
    } catch {
      digest = undefined;
    }
    digestDueAt = now() + Math.max(LEAST_REST_MS, REST * (now() - at));
  }

  async function freshDigest(): Promise<typeof digest> {
    const { queue } = parts;
    if (queue === undefined) return undefined;
    // Without Redis a listing would wait until it is back.
    if (store().state === 'away') return undefined;
    if (now() >= digestDueAt) reading ??= readQueue(queue).finally(() => (reading = undefined));
    // A long queue does not hold up what else there is to see, and neither does a Redis that does not answer any more.
    const patience = sleep(digest === undefined ? FIRST_MS : LATER_MS, undefined, { ref: false });
    if (reading !== undefined) await Promise.race([reading, patience]);
    return digest;
  }

  function store(): StoreFacts {
    const { queue } = parts;
    const fill = queue?.fill();
    const refusal = queue?.refusal();
    const known = fill && { usedBytes: fill.usedBytes, limitBytes: fill.limitBytes };
    if (refusal === undefined) {
      refusedSince = undefined;
      return { state: 'takes mail', ...known };
    }
    const state =
      refusal.code === 'QUEUE_FULL' ? 'full' : refusal.code === 'QUEUE_UNSAFE' ? 'unsafe' : 'away';
    if (refusedSince?.state !== state) refusedSince = { state, at: now() };
    return { state, sinceMs: refusedSince.at, reason: refusal.message, ...known };
  }

  function resolver(): ResolverFacts {
    const state = parts.resolver?.();
    if (state === undefined) return { state: 'not known here' };
    const { validating, answering, sinceMs, reason } = state;
    if (validating) return { state: 'validates', sinceMs };
    return { state: answering ? 'does not validate' : 'does not answer', sinceMs, reason };
  }

  function perMinute(): number {
    const { counts } = picture.series.view('hour', now());
    const sum = counts.sent.slice(-6, -1).reduce((all, one) => all + one, 0);
    return sum / 5;
  }

  return {
    async state() {
      const queue = await freshDigest();
      const facts = { resolver: resolver(), store: store() };
      const wantsDane = parts.wantsDane?.() ?? false;
      const { takesMailAt } = parts;
      const health = parts.health?.();
      const lastTroubleAt = picture.series.latest(['deferred', 'bounced']);
      return {
        schema: 1,
        at: now(),
        relay: { ...relay, ...(takesMailAt !== undefined && { takesMailAt }) },
        bars: barsOf({ ...facts, wantsDane, lowWatermarkPercent, problems: problems() }),
        sentPerMinute: perMinute(),
        hasHistory: picture.series.latest(['sent', 'deferred', 'bounced']) !== undefined,
        ...(lastTroubleAt !== undefined && { lastTroubleAt }),
        ...facts,
        ...(queue !== undefined && { queue }),
        recent: picture.recent().slice(0, MOST_RECENT),
        exceptions: parts.exceptions?.() ?? [],
        ...(health !== undefined && { health }),
      };
    },
    amiss() {
      const isLost = resolver().state.startsWith('does not') && (parts.wantsDane?.() ?? false);
      return [
        ...(isLost ? (['unvalidated'] as const) : []),
        ...(store().state === 'takes mail' ? [] : (['refusing'] as const)),
      ];
    },
  };
}
