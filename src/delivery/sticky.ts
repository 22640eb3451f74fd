import type { Log } from '../core/log/log-event.ts';
import { messageOf } from '../core/error-words.ts';
import {
  stickyFinding,
  type StickyFacts,
  type StickyFinding,
  type StickyMemory,
  type StickyWish,
  type StoredLoss,
} from '../core/sticky/sticky-memory.ts';
import { daneLeft, daneLost } from './log-lines.ts';

/** What the relays of a queue remember together. Calls reject with an Error. Times are epoch milliseconds. */
export interface StickyStore {
  hosts(destination: string): Promise<StickyMemory['hosts']>;
  /** What was lost is back. */
  proved(destination: string, host: string, at: number, until: number): Promise<void>;
  left(destination: string, host: string): Promise<void>;
  lost(destination: string, loss: StoredLoss): Promise<void>;
}

export type StickyJudged = StickyFinding | { readonly kind: 'unknown'; readonly detail: string };

export interface StickyQuestion {
  readonly destination: string;
  readonly facts: StickyFacts;
  readonly wish: Exclude<StickyWish, 'off'>;
  readonly horizonMs: number;
}

/** Remembers which destinations were proved by DANE, and tells when one looks unsigned. */
export interface StickyKeeper {
  /** Never rejects. */
  judge(question: StickyQuestion): Promise<StickyJudged>;
  /** The same, and nothing is said or stored of it. */
  peek(question: StickyQuestion): Promise<StickyJudged>;
  /** Forgets a host that has left DANE in good order. Never throws, never waits. */
  forget(destination: string, host: string): void;
  /** A certificate of this host has matched. Never throws, never waits. */
  proved(destination: string, host: string, horizonMs: number): void;
}

export const stickyWords = ['warned', 'held', 'left', 'unknown'] as const;
export type StickyWord = (typeof stickyWords)[number];

export interface StickyPorts {
  readonly store: StickyStore;
  readonly log: Log;
  readonly now: () => number;
  readonly count?: (word: StickyWord) => void;
}

/** What is stored or said again only after this time. */
const againMs = 3_600_000;
/** The one that was noted the longest ago goes first. */
const mostNotes = 10_000;

export function createSticky({ store, log, now, count = () => {} }: StickyPorts): StickyKeeper {
  const stored = createNotes(now);
  const told = createNotes(now);

  async function peek({ destination, facts, horizonMs }: StickyQuestion): Promise<StickyJudged> {
    try {
      return stickyFinding(facts, { hosts: await store.hosts(destination) }, { now: now(), horizonMs });
    } catch (error) {
      return { kind: 'unknown', detail: messageOf(error) };
    }
  }

  return {
    peek,
    forget: (destination, host) => aside(store.left(destination, host)),
    async judge(question) {
      const judged = await peek(question);
      const { destination, facts, wish } = question;
      const { host } = facts;
      if (judged.kind === 'nothing lost') return judged;
      // The next proof is stored at once, whichever host it is of, so that the loss is over for everybody.
      stored.forget(destination);
      if (judged.kind === 'unknown') count('unknown');
      if (judged.kind === 'left') {
        count('left');
        log(daneLeft(destination, host));
        aside(store.left(destination, host));
      }
      if (judged.kind === 'lost') {
        const waits = wish === 'enforce';
        count(waits ? 'held' : 'warned');
        // Unsigned MX records may name ever new hosts: what is lost is that of their domain.
        const whose = judged.of === 'domain' ? '' : judged.host;
        if (told.isNew(destination, `${whose} ${judged.what} ${wish}`)) {
          log(daneLost(destination, judged, waits));
          aside(store.lost(destination, { host: judged.host, what: judged.what, since: now(), waits }));
        }
      }
      return judged;
    },
    proved(destination, host, horizonMs) {
      if (!stored.isNew(destination, host)) return;
      told.forget(destination);
      const at = now();
      store.proved(destination, host, at, at + horizonMs).catch(() => stored.drop(destination, host));
    },
  };
}

/** The queue watches Redis and tells its trouble. */
function aside(stored: Promise<void>): void {
  stored.catch(() => {});
}

interface Notes {
  /** True at most once in a while for the same. */
  isNew(destination: string, what: string): boolean;
  drop(destination: string, what: string): void;
  forget(destination: string): void;
}

function createNotes(now: () => number): Notes {
  const notes = new Map<string, Map<string, number>>();
  return {
    isNew(destination, what) {
      const own = notes.get(destination) ?? new Map<string, number>();
      const at = own.get(what);
      if (at !== undefined && now() - at < againMs && at <= now()) return false;
      // Whoever names ever new hosts has no more than so many of them remembered.
      if (own.size >= 32) own.clear();
      own.set(what, now());
      notes.delete(destination);
      for (const oldest of notes.keys()) {
        if (notes.size < mostNotes) break;
        notes.delete(oldest);
      }
      notes.set(destination, own);
      return true;
    },
    drop: (destination, what) => void notes.get(destination)?.delete(what),
    forget: (destination) => void notes.delete(destination),
  };
}
