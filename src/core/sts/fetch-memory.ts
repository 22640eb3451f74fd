import type { StsTrouble } from './sts-finding.ts';
import type { StsPolicy } from './sts-policy.ts';

/** What a fetch came to. */
export type Fetched =
  | { readonly kind: 'policy'; readonly policy: StsPolicy }
  | { readonly kind: 'trouble'; readonly trouble: StsTrouble };

/** What this process knows of its fetches of the last minutes. */
export interface FetchMemory {
  /** Whether a policy file may be fetched now; if not, the last outcome counts. */
  outcomeInstead(domain: string, now: number): Fetched | undefined;
  note(domain: string, outcome: Fetched, now: number): void;
  /** Whether a trouble of a domain should be logged: each once an hour. */
  isNews(domain: string, code: string, now: number): boolean;
}

/** RFC 8461 §3.3: no other fetch for five minutes after one that failed. */
const pauseMs = 300_000;
/** Whoever forges ids causes so many fetches in that time, and no more. */
const mostInPause = 5;
const newsMs = 3_600_000;
/** Domains that are remembered; the one that was asked about the longest ago goes first. */
const mostDomains = 10_000;

interface Entry {
  readonly fetchedAt: readonly number[];
  readonly last?: Fetched;
  readonly told: ReadonlyMap<string, number>;
}

export function createFetchMemory(): FetchMemory {
  const entries = new Map<string, Entry>();

  function put(domain: string, entry: Entry): void {
    entries.delete(domain);
    for (const oldest of entries.keys()) {
      if (entries.size < mostDomains) break;
      entries.delete(oldest);
    }
    entries.set(domain, entry);
  }

  return {
    outcomeInstead(domain, now) {
      const { fetchedAt = [], last } = entries.get(domain) ?? {};
      const recent = fetchedAt.filter((at) => now - at < pauseMs && at <= now);
      if (last === undefined || recent.length === 0) return undefined;
      return last.kind === 'trouble' || recent.length >= mostInPause ? last : undefined;
    },
    note(domain, last, now) {
      const { fetchedAt = [], told = new Map() } = entries.get(domain) ?? {};
      put(domain, { fetchedAt: [...fetchedAt, now].slice(-mostInPause), last, told });
    },
    isNews(domain, code, now) {
      const entry = entries.get(domain) ?? { fetchedAt: [], told: new Map<string, number>() };
      const toldAt = entry.told.get(code);
      if (toldAt !== undefined && now - toldAt < newsMs && toldAt <= now) return false;
      put(domain, { ...entry, told: new Map([...entry.told].slice(-8)).set(code, now) });
      return true;
    },
  };
}
