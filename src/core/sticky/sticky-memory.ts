import { momentText } from '../time/moment-text.ts';

/** What is made of a host that was proved by DANE and now looks unsigned (`tls.sticky`). */
export const stickyWishes = ['off', 'warn', 'enforce'] as const;
export type StickyWish = (typeof stickyWishes)[number];

/** What is remembered of one destination. Times are epoch milliseconds. */
export interface StickyMemory {
  /** The next hop. */
  readonly destination: string;
  /** Its hosts, and when each was last proved by signed TLSA records behind signed MX records. */
  readonly hosts: ReadonlyMap<string, number>;
}

/** What is missing now, and was there before. */
export const stickyLosses = ['MX', 'address', 'TLSA', 'denial', 'hosts'] as const;
export type StickyLoss = (typeof stickyLosses)[number];

/** What the DNS says now of a host that DANE does not protect. */
export interface StickyFacts {
  readonly host: string;
  readonly mx: 'secure' | 'insecure' | 'none';
  /** Whether its address is signed. */
  readonly address: boolean;
  /**
   * `signed`: there are signed records, which can be used or not; `none`: their absence is signed; `unsigned denial`:
   * it is not; `unsigned`: there are records without a signature. Absent: nobody has asked for them.
   */
  readonly tlsa?: 'signed' | 'none' | 'unsigned denial' | 'unsigned';
  /**
   * There is no host: the domain is said not to exist or to take no mail, without a signature. `host` is the
   * domain.
   */
  readonly noHost?: true;
  /** Hosts that the MX records name, this one or others, of which nothing signed is known. */
  readonly unsignedHosts?: readonly string[];
}

export type StickyFinding =
  /** Nothing was there that could be missing. */
  | { readonly kind: 'nothing lost' }
  /** The zone says with its signature that the host has no TLSA records any more. */
  | { readonly kind: 'left' }
  | StickyLost;

export interface StickyLost {
  readonly kind: 'lost';
  /** Where `of` is `domain`, it need not be one that was proved. */
  readonly host: string;
  /** What was proved: this host, or only that its domain has such hosts. */
  readonly of: 'host' | 'domain';
  readonly what: StickyLoss;
  /** When the destination, or this host of it, was last proved. */
  readonly provedAt: number;
  /** When that is forgotten. */
  readonly until: number;
}

/** Hosts of one destination that are remembered; the one that was proved the longest ago goes first. */
export const mostHosts = 20;

/**
 * Compares what is known of a destination with what the DNS says now of one of its hosts.
 *
 * Whoever can sign for the zone may take its protection away: a signed denial of TLSA records, a signed MX record of
 * another host. What cannot be told from an attack is a signature that has gone (RFC 7672 §2.1.1: a DNS without DNSSEC
 * says what anybody wants it to say).
 */
export function stickyFinding(
  { host, mx, address, tlsa, noHost, unsignedHosts = [] }: StickyFacts,
  { hosts }: Pick<StickyMemory, 'hosts'>,
  { now, horizonMs }: { readonly now: number; readonly horizonMs: number },
): StickyFinding {
  // A clock that was far ahead has written down a proof of a time that has not come: it counts no longer than any other.
  const fresh = new Map([...hosts].filter(([, at]) => Math.abs(now - at) < horizonMs));
  if (fresh.size === 0) return { kind: 'nothing lost' };
  const own = fresh.get(host);
  const lost = (what: StickyLoss, whose = host): StickyLost => {
    const at = fresh.get(whose);
    const provedAt = at ?? Math.max(...fresh.values());
    const of = at === undefined || what === 'hosts' ? 'domain' : 'host';
    return { kind: 'lost', host: whose, of, what, provedAt, until: provedAt + horizonMs };
  };
  if (noHost) return lost('hosts');
  // Unsigned MX records may name any host, also one that was never seen, with signed TLSA records of its own.
  if (mx === 'insecure') return lost('MX');
  if (own === undefined) {
    if (address) return { kind: 'nothing lost' };
    // Without MX records the domain is its own host. Nothing that is signed has said so if its address is not.
    if (mx === 'none') return lost('MX');
    // Whoever takes away the signatures of a host that is proved takes those of the hosts beside it, too.
    const beside = unsignedHosts.find((one) => fresh.has(one));
    return beside === undefined ? { kind: 'nothing lost' } : lost('address', beside);
  }
  // They are asked for behind a signed address or a signed alias only.
  if (tlsa === undefined) return address ? { kind: 'nothing lost' } : lost('address');
  switch (tlsa) {
    case 'unsigned':
      return lost('TLSA');
    case 'unsigned denial':
      return lost('denial');
    case 'signed':
      return { kind: 'nothing lost' };
    case 'none':
      // Behind a signed alias whose target is not signed: the records may have been those of the target.
      return address ? { kind: 'left' } : lost('address');
  }
}

/** After the name of a host. */
export const lossWords: Readonly<Record<StickyLoss, string>> = {
  MX: 'stands in MX records that are not signed now',
  address: 'has no signed address now',
  TLSA: 'has TLSA records that are not signed now',
  denial: 'has no TLSA records now, and that is not signed',
  hosts: 'has no mail host now, and that is not signed',
};

/** After its name, or that of its domain: `was proved by signed TLSA records at 2026-11-29T10:00:00Z, and has …`. */
export function lossText({ what, of, provedAt }: Pick<StickyLost, 'what' | 'of' | 'provedAt'>): string {
  const words = what === 'MX' && of === 'domain' ? 'has no signed MX records now' : lossWords[what];
  return `was proved by signed TLSA records at ${momentText(provedAt)}, and ${words}`;
}

/** What was stored of hosts: names and times. Whatever cannot be read does not count. */
export function readHosts(stored: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  const hosts = new Map<string, number>();
  for (const [host, text] of Object.entries(stored)) {
    const at = Number(text);
    if (text !== '' && Number.isSafeInteger(at) && at >= 0 && at < 8.64e15 - 1e12) hosts.set(host, at);
  }
  return hosts;
}

/** Hosts that have to go to make room: those that were proved the longest ago, or by a clock that was ahead. */
export function surplusHosts(
  hosts: ReadonlyMap<string, number>,
  now: number,
  most = mostHosts,
): readonly string[] {
  const newest = [...hosts].toSorted(([, one], [, other]) => Math.abs(now - one) - Math.abs(now - other));
  return newest.slice(most).map(([host]) => host);
}

/** What was found missing of a destination, as it is stored. Times are epoch milliseconds. */
export interface StoredLoss {
  readonly host: string;
  readonly what: StickyLoss;
  /** Since when. */
  readonly since: number;
  /** Whether its mail waits because of it. */
  readonly waits: boolean;
}

export function lossRecord(loss: StoredLoss): string {
  return JSON.stringify(loss);
}

/** Undefined if it cannot be read. */
export function readLoss(text: string): StoredLoss | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { host, what, since, waits } = read as Readonly<Record<string, unknown>>;
  const known = stickyLosses.find((one) => one === what);
  if (known === undefined || typeof host !== 'string' || typeof waits !== 'boolean') return undefined;
  if (typeof since !== 'number' || !Number.isSafeInteger(since) || since < 0 || since >= 8.64e15)
    return undefined;
  return { host, what: known, since, waits };
}
