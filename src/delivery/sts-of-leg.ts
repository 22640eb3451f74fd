import type { Lookup } from '../core/dns/answer.ts';
import type { StsFinding } from '../core/sts/sts-finding.ts';
import { stsWish } from '../core/tls-policy/sts-policy.ts';
import type { TlsSettings } from '../core/tls-policy/tls-settings.ts';
import type { Leg } from './leg.ts';

export type FindSts = (domain: string, lookup: Lookup, signal?: AbortSignal) => Promise<StsFinding>;

/** The MTA-STS policy of one destination of a route, which its hosts share. */
export interface StsOfLeg {
  /** Looked up when first asked; again when the DNS must be asked again. */
  find(): Promise<StsFinding>;
  /** Begins with the lookup, because some host will need it: the MX records are not signed. */
  begin(): void;
}

interface Ports {
  readonly findSts?: FindSts;
  readonly lookup: Lookup;
  readonly now: () => number;
}

/**
 * The policy domain is the next hop (RFC 8461 §3.4): the domain of the recipients, or that of the relayhost. Undefined for
 * what can have no policy.
 */
export function stsOfLeg(
  { destination, asked }: Leg,
  settings: () => TlsSettings,
  { findSts, lookup, now }: Ports,
  signal: AbortSignal,
): StsOfLeg | undefined {
  if (findSts === undefined || destination.kind === 'literal') return undefined;
  const ask = findSts;
  const domain = destination.host;
  let finding: Promise<StsFinding> | undefined;
  let until = 0;

  function find(): Promise<StsFinding> {
    if (finding !== undefined && now() < until) return finding;
    until = Infinity;
    const begun = ask(domain, lookup, signal);
    finding = begun;
    const note = (at: number): void => {
      if (finding === begun) until = at;
    };
    begun.then(
      (found) => note(found.kind === 'found' ? found.until : 0),
      () => note(0),
    );
    return begun;
  }

  return {
    find,
    begin() {
      // Whoever needs it hears of an abort.
      if (stsWish(asked, settings()) !== 'off') find().catch(() => {});
    },
  };
}
