import type { Answer, Lookup } from '../core/dns/answer.ts';
import { parseOwnerName } from '../core/dns/name.ts';
import {
  readReportRecords,
  reportRecordName,
  type PortRule,
  type ReportWish,
} from '../core/tlsrpt/report-record.ts';

/** What domains say of reports, or that nobody knows it now. */
export type KnownWish = ReportWish | { readonly kind: 'unknown'; readonly detail: string };

/** Asks the DNS. Never rejects but by abort. */
export async function askWish(
  domain: string,
  lookup: Lookup,
  ports: PortRule = 'port 443',
  signal?: AbortSignal,
): Promise<KnownWish> {
  const name = reportRecordName(domain);
  // Below a name of nearly the greatest length there is no room for it.
  if (parseOwnerName(name) === undefined) return { kind: 'none', reason: 'no record' };
  return wishOf(await lookup(name, 'TXT', signal), ports);
}

function wishOf(answer: Answer<string>, ports: PortRule): KnownWish {
  switch (answer.kind) {
    case 'found':
      return readReportRecords(answer.records, ports);
    case 'absent':
      return { kind: 'none', reason: 'no record' };
    case 'failed':
      return { kind: 'unknown', detail: answer.detail };
  }
}

/** Whether domains want reports, as far as it is known already: nobody waits for it. */
export interface Wishes {
  /** False only if it is known that the domain wants none. Asks the DNS for the next time. */
  mayWant(domain: string): boolean;
}

/** The oldest goes first. */
const MOST_DOMAINS = 10_000;
/** A record that is new counts from then on, at the latest; before sending it is looked up again. */
const KNOWN_MS = 3_600_000;
const UNKNOWN_MS = 60_000;

export function createWishes({
  lookup,
  now,
  ports,
}: {
  /** Never rejects. */
  readonly lookup: Lookup;
  readonly now: () => number;
  readonly ports: PortRule;
}): Wishes {
  const known = new Map<string, { readonly mayWant: boolean; readonly until: number }>();

  function remember(domain: string, mayWant: boolean, ms: number): void {
    known.delete(domain);
    known.set(domain, { mayWant, until: now() + ms });
    const [oldest] = known.keys();
    if (known.size > MOST_DOMAINS && oldest !== undefined) known.delete(oldest);
  }

  async function ask(domain: string): Promise<void> {
    const wish = await askWish(domain, lookup, ports).catch((): KnownWish => ({
      kind: 'unknown',
      detail: '',
    }));
    remember(domain, wish.kind !== 'none', wish.kind === 'unknown' ? UNKNOWN_MS : KNOWN_MS);
  }

  return {
    mayWant(domain) {
      const found = known.get(domain);
      if (found === undefined || now() >= found.until) {
        // What was known counts until there is an answer, and one question is enough.
        remember(domain, found?.mayWant ?? true, UNKNOWN_MS);
        void ask(domain);
      }
      return found?.mayWant ?? true;
    },
  };
}
