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
  /** It could not be told. */
  isNoNews(domain: string, code: string): void;
  /** Of the policies and troubles that are kept. */
  octets(): number;
}

/** RFC 8461 §3.3: no other fetch for five minutes after one that failed. */
const pauseMs = 300_000;
/** Whoever forges ids causes so many fetches in that time, and no more. */
const mostInPause = 5;
const newsMs = 3_600_000;
/** Domains that are remembered; the one that was asked about the longest ago goes first. */
const mostDomains = 10_000;

/** Of outcomes that are kept; of more, the oldest goes first. */
const mostOctets = 16 * 1024 * 1024;

interface Entry {
  readonly fetchedAt: readonly number[];
  readonly told: ReadonlyMap<string, number>;
}

interface Outcome {
  readonly at: number;
  readonly last: Fetched;
  readonly octets: number;
}

export function createFetchMemory(): FetchMemory {
  const entries = new Map<string, Entry>();
  /** The oldest first. */
  const outcomes = new Map<string, Outcome>();
  let octets = 0;

  function put(domain: string, entry: Entry): void {
    entries.delete(domain);
    for (const oldest of entries.keys()) {
      if (entries.size < mostDomains) break;
      entries.delete(oldest);
      drop(oldest);
    }
    entries.set(domain, entry);
  }

  function drop(domain: string): void {
    octets -= outcomes.get(domain)?.octets ?? 0;
    outcomes.delete(domain);
  }

  /** What counts no longer is not kept. */
  function tidy(now: number): void {
    for (const [domain, { at }] of outcomes) {
      if (octets <= mostOctets && now - at < pauseMs && at <= now) return;
      drop(domain);
    }
  }

  return {
    outcomeInstead(domain, now) {
      tidy(now);
      const last = outcomes.get(domain)?.last;
      const recent = (entries.get(domain)?.fetchedAt ?? []).filter((at) => now - at < pauseMs && at <= now);
      if (last === undefined || recent.length === 0) return undefined;
      return last.kind === 'trouble' || recent.length >= mostInPause ? last : undefined;
    },
    note(domain, last, now) {
      const { fetchedAt = [], told = new Map() } = entries.get(domain) ?? {};
      put(domain, { fetchedAt: [...fetchedAt, now].slice(-mostInPause), told });
      drop(domain);
      const outcome = { at: now, last, octets: octetsOf(last) };
      outcomes.set(domain, outcome);
      octets += outcome.octets;
      tidy(now);
    },
    isNews(domain, code, now) {
      tidy(now);
      const entry = entries.get(domain) ?? { fetchedAt: [], told: new Map<string, number>() };
      const toldAt = entry.told.get(code);
      if (toldAt !== undefined && now - toldAt < newsMs && toldAt <= now) return false;
      put(domain, { ...entry, told: new Map([...entry.told].slice(-8)).set(code, now) });
      return true;
    },
    isNoNews(domain, code) {
      const entry = entries.get(domain);
      if (entry === undefined) return;
      entries.set(domain, { ...entry, told: new Map([...entry.told].filter(([one]) => one !== code)) });
    },
    octets: () => octets,
  };
}

/** About: each text has a head, too. */
function octetsOf(outcome: Fetched): number {
  const texts =
    outcome.kind === 'policy'
      ? [...outcome.policy.mx, ...outcome.policy.lines]
      : [outcome.trouble.detail, ...(outcome.trouble.lines ?? [])];
  return texts.reduce((sum, { length }) => sum + 2 * length + 32, 512);
}
