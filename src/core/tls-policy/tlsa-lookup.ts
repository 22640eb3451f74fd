import type { Answer, Failed, Found, Lookup } from '../dns/answer.ts';
import { parseOwnerName } from '../dns/name.ts';
import type { TlsaRecord } from '../dns/record.ts';

/** A mail host about to be tried. */
export interface TlsaQuestion {
  /** As the MX record lists it. */
  readonly host: string;
  readonly port: number;
  /** How the address in use was found (RFC 7672 §2.2.2: addresses come first). */
  readonly address: Pick<Found<unknown>, 'secure' | 'name' | 'aliases'>;
}

export type TlsaFinding = TlsaFound | NoTlsa | TlsaFailed;

export interface TlsaFound {
  readonly kind: 'records';
  /** The name below which the records were found, without the port labels (RFC 7672 §2.2.3): also what SNI says. */
  readonly baseDomain: string;
  /** For the log: where the records are, `_25._tcp.mx.example.org`, after the alias that led there. */
  readonly owner: string;
  /** Signed, at least one, usable or not. */
  readonly records: readonly TlsaRecord[];
  /** Seconds for which the records may be relied on. */
  readonly ttl: number;
}

/** DANE does not apply to this host. */
export interface NoTlsa {
  readonly kind: 'none';
  readonly reason:
    | 'numeric host'
    | 'address not signed'
    | 'alias not signed'
    | 'no TLSA records'
    | 'TLSA records not signed';
  /** The zone itself says, with its signature, that there are none. */
  readonly signed?: true;
}

/** Whether DANE applies cannot be known now: the host must not be used (RFC 7672 §2.1.2). */
export interface TlsaFailed {
  readonly kind: 'failed';
  /** What was asked for: `_25._tcp.mx.example.org`, or the host whose alias could not be judged. */
  readonly name: string;
  readonly type: 'TLSA' | 'CNAME';
  readonly cause: Failed['cause'];
  /** For the log; one line. */
  readonly detail: string;
  /** As for Failed. */
  readonly extended?: readonly number[];
}

/** Finds the TLSA records of a mail host (RFC 7672 §2.2.2, §2.2.3; RFC 7671 §7). Rejects only when aborted. */
export async function lookupTlsa(
  question: TlsaQuestion,
  lookup: Lookup,
  signal?: AbortSignal,
): Promise<TlsaFinding> {
  const { host, port, address } = question;
  // RFC 7672 §2.2: an address has no TLSA records.
  if (isNumeric(host)) return { kind: 'none', reason: 'numeric host' };
  const isAlias = address.aliases.length > 0;
  if (address.secure) {
    const expanded = await lookupAt(address.name, port, lookup, signal);
    // RFC 7672 §2.2.3: the name as listed only if there is nothing at what it stands for; a failure ends it.
    if (!isAlias || expanded.kind !== 'none') return expanded;
    const listed = await lookupAt(host, port, lookup, signal);
    // There are none, as the zones say, only if both of them say so.
    return listed.kind === 'none' && expanded.signed !== true ? expanded : listed;
  }
  // RFC 7672 §2.2.2: no query, for servers of unsigned zones exist that do not answer one for TLSA.
  if (!isAlias) return { kind: 'none', reason: 'address not signed' };
  // The alias may be signed though the name it stands for is not.
  const alias = await lookup(host, 'CNAME', signal);
  if (alias.kind === 'found') {
    return alias.secure ? lookupAt(host, port, lookup, signal) : { kind: 'none', reason: 'alias not signed' };
  }
  const failed =
    alias.kind === 'failed'
      ? alias
      : ({ kind: 'failed', cause: 'malformed', detail: 'no longer an alias' } as const);
  return { ...failed, name: host, type: 'CNAME' };
}

async function lookupAt(
  baseDomain: string,
  port: number,
  lookup: Lookup,
  signal: AbortSignal | undefined,
): Promise<TlsaFinding> {
  const name = `_${port}._tcp.${baseDomain}`;
  // RFC 1035 §3.1: below a name of nearly the greatest length there is no room for one more.
  if (parseOwnerName(name) === undefined) return { kind: 'none', reason: 'no TLSA records' };
  const answer: Answer<TlsaRecord> = await lookup(name, 'TLSA', signal);
  switch (answer.kind) {
    case 'failed':
      return { ...answer, name, type: 'TLSA' };
    case 'absent':
      // RFC 7672 §2.1.1: whether the denial is signed makes no difference.
      return { kind: 'none', reason: 'no TLSA records', ...(answer.secure && { signed: true }) };
    case 'found': {
      if (!answer.secure) return { kind: 'none', reason: 'TLSA records not signed' };
      // RFC 7672 §2.2.3: where an alias of the TLSA name itself leads is not the base domain.
      const owner = answer.aliases.length > 0 ? `${name} -> ${answer.name}` : name;
      return { kind: 'records', baseDomain, owner, records: answer.records, ttl: answer.ttl };
    }
  }
}

/** An address instead of a name, with or without the brackets of a literal; no top-level domain is all digits. */
function isNumeric(host: string): boolean {
  return /^[\d.]+$/.test(host) || /[[:]/.test(host);
}
