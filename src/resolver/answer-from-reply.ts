import type { Absent, Answer, Failed } from '../core/dns/answer.ts';
import { isAtOrBelow, substituteDname } from '../core/dns/name.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { isDisowned } from './extended-error.ts';
import { rcodes, typeNumbers } from './reply.ts';
import type { DnsReply, ReplyRecord } from './reply.ts';

/** The state of a lookup that follows aliases. */
export interface Trail {
  readonly kind: 'trail';
  /** The next name to ask for. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** RFC 7672 §2.1.3: true as long as every reply was secure. */
  readonly secure: boolean;
  /** Seconds; the smallest TTL so far. */
  readonly ttl: number;
}

/**
 * RFC 1034 §3.6.2: chains of aliases are followed, and loops are errors. No resolver follows more: Unbound and BIND
 * follow eleven, Knot and PowerDNS twelve, older BIND sixteen. The limit also bounds our own queries.
 */
const maxAliases = 16;

/** No TTL from outside keeps anything for longer than a day. */
const maxTtl = 86_400;

/** Extended errors that are told of. */
const mostCodes = 4;

export function startTrail(name: string): Trail {
  return { kind: 'trail', name, aliases: [], secure: true, ttl: maxTtl };
}

/**
 * Makes an answer of a reply to `trail.name` and `type`. If the reply ends at an alias, with neither the records of its
 * target nor a denial of them, the result is the trail for the next question.
 *
 * @param secure the reply has AD and comes from a server whose AD counts
 */
export function answerFromReply<T extends RecordType>(
  trail: Trail,
  type: T,
  reply: DnsReply,
  secure: boolean,
): Answer<RecordOf[T]> | Trail {
  const failure = failureOf(reply);
  if (failure !== undefined) return failure;
  const index = indexByOwner(reply.answers);
  const end = followAliases({ ...trail, secure: trail.secure && secure }, type, index);
  if (end.kind === 'failed') return end;

  const owned = recordsAt(index, end.name, type);
  if (owned.length > 0 && reply.rcode === rcodes.NXDOMAIN) return malformed('NXDOMAIN beside records');
  if (isDisowned(reply.extendedErrors, owned.length > 0 ? 'records' : 'denial')) {
    const why = malformed(`an answer that the resolver disowns: ${reply.extendedErrors.texts.join(': ')}`);
    return withExtended(why, reply);
  }
  const signed = originalTtlOf(index, end.name, type);
  return owned.length > 0 ? found<T>(end, owned, signed) : deniedBy(reply, trail.name, end, type);
}

/**
 * Judges a reply without the records that were asked for. Only these are denials (RFC 2308 §2.1, §2.2): NXDOMAIN;
 * NOERROR with the SOA record of a zone that contains the name; and NOERROR with nothing at all, which proves less. The
 * answer section of a denial holds only what led to the name. A reply that ends at an alias and denies nothing is
 * followed.
 */
function deniedBy(reply: DnsReply, asked: string, end: Trail, type: RecordType): Absent | Trail | Failed {
  if (hasStrangers(reply.answers, end.aliases)) {
    return malformed('records of something else than was asked for');
  }
  const { authority, denialSoa, rcode } = reply;
  const denies = denialSoa !== undefined && isAtOrBelow(end.name, denialSoa.owner);
  const denial = rcode === rcodes.NXDOMAIN ? 'NXDOMAIN' : 'NODATA';
  if (denies || (denial === 'NXDOMAIN' && authority !== 'SOA'))
    return absent(end, denial, denialSoa?.ttl ?? 0);
  if (end.name !== asked) return end;
  switch (authority) {
    case 'SOA':
      return malformed(`a denial by another zone${denialSoa === undefined ? '' : `, ${denialSoa.owner}`}`);
    case 'delegation':
      return malformed('referral: the server does not do recursion');
    case 'other':
      return malformed('neither records nor a denial');
    case 'nothing':
      // Other records are asked for where a zone must be, signed or not, and a zone has an SOA record.
      if (!['A', 'AAAA', 'MX'].includes(type)) return malformed('no records and no denial of them');
      return absent({ ...end, secure: false }, 'empty', 0);
  }
}

/** Whether the answer section holds anything but the aliases that were followed, and their signatures. */
function hasStrangers(answers: readonly ReplyRecord[], passed: readonly string[]): boolean {
  const owners = new Set<string>();
  for (const record of answers) if (isPassed(record, passed)) owners.add(record.owner);
  return answers.some(
    (record) => !isPassed(record, passed) && !(record.type === typeNumbers.RRSIG && owners.has(record.owner)),
  );
}

function isPassed({ owner, type }: ReplyRecord, passed: readonly string[]): boolean {
  if (type === typeNumbers.CNAME) return passed.includes(owner);
  return type === typeNumbers.DNAME && passed.some((name) => name !== owner && isAtOrBelow(name, owner));
}

/** Response codes other than NOERROR and NXDOMAIN prove nothing about the name (RFC 7672 §2.1.2). */
export function failureOf(reply: DnsReply): Failed | undefined {
  if (reply.truncated) return malformed('truncated');
  switch (reply.extendedRcode) {
    case rcodes.NOERROR:
    case rcodes.NXDOMAIN:
      return undefined;
    case rcodes.FORMERR:
      return failed('FORMERR', 'FORMERR', reply);
    case rcodes.NOTIMP:
      return failed('NOTIMP', 'NOTIMP', reply);
    case rcodes.REFUSED:
      return failed('REFUSED', 'REFUSED', reply);
    case rcodes.SERVFAIL:
      return failed('SERVFAIL', 'SERVFAIL', reply);
    default:
      return failed('SERVFAIL', `rcode ${reply.extendedRcode}`, reply);
  }
}

function failed(cause: Failed['cause'], word: string, reply: DnsReply): Failed {
  return withExtended(
    { kind: 'failed', cause, detail: [word, ...reply.extendedErrors.texts].join(': ') },
    reply,
  );
}

function withExtended(why: Failed, { extendedErrors: { codes } }: DnsReply): Failed {
  return codes.size === 0 ? why : { ...why, extended: [...codes].slice(0, mostCodes) };
}

export function malformed(detail: string): Failed {
  return { kind: 'failed', cause: 'malformed', detail: `malformed reply: ${detail}` };
}

type OwnerIndex = ReadonlyMap<string, readonly ReplyRecord[]>;

function indexByOwner(records: readonly ReplyRecord[]): OwnerIndex {
  const index = new Map<string, ReplyRecord[]>();
  for (const record of records) {
    const same = index.get(record.owner);
    if (same === undefined) index.set(record.owner, [record]);
    else same.push(record);
  }
  return index;
}

function recordsAt(index: OwnerIndex, owner: string, type: RecordType | 'DNAME'): readonly ReplyRecord[] {
  return index.get(owner)?.filter((record) => record.type === typeNumbers[type]) ?? [];
}

/** Follows the CNAME and DNAME records of one reply, up to a name that has the wanted records or no alias. */
function followAliases(start: Trail, type: RecordType, index: OwnerIndex): Trail | Failed {
  let trail = start;
  while (recordsAt(index, trail.name, type).length === 0) {
    const alias = aliasAt(index, trail.name, type);
    if (alias === undefined) return trail;
    if (alias.target === undefined) return malformed(`alias of ${trail.name}`);
    const aliases = [...trail.aliases, trail.name];
    if (aliases.length > maxAliases) return loop(`more than ${maxAliases} aliases for ${aliases[0]}`);
    if (aliases.includes(alias.target)) return loop(`aliases of ${aliases[0]} lead back to ${alias.target}`);
    trail = { ...trail, name: alias.target, aliases, ttl: Math.min(trail.ttl, alias.ttl) };
  }
  return trail;
}

function loop(detail: string): Failed {
  return { kind: 'failed', cause: 'loop', detail };
}

/** The alias of `name`; its target is `undefined` if it is no name that can be asked for. */
function aliasAt(
  index: OwnerIndex,
  name: string,
  type: RecordType,
): { target: string | undefined; ttl: number } | undefined {
  const [cname] = type === 'CNAME' ? [] : recordsAt(index, name, 'CNAME');
  if (cname !== undefined) return { target: nameIn(cname), ttl: cname.ttl };
  // RFC 6672 §3.1: resolvers add the CNAME that a DNAME stands for. This serves those that do not.
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const [dname] = recordsAt(index, name.slice(dot + 1), 'DNAME');
    if (dname === undefined) continue;
    const to = nameIn(dname);
    return { target: to && substituteDname(name, dname.owner, to), ttl: dname.ttl };
  }
  return undefined;
}

function nameIn(record: ReplyRecord): string | undefined {
  return typeof record.value === 'string' ? record.value : undefined;
}

/** RFC 4034 §3.1: the type that is covered comes first, and the original TTL from the fifth octet on. */
function originalTtlOf(index: OwnerIndex, owner: string, type: RecordType): number | undefined {
  const ttls = (index.get(owner) ?? []).flatMap(({ type: ofRecord, rdata }) => {
    if (ofRecord !== typeNumbers.RRSIG || rdata === undefined || rdata.length < 8) return [];
    const fields = new DataView(rdata.buffer, rdata.byteOffset, rdata.byteLength);
    return fields.getUint16(0) === typeNumbers[type] ? [fields.getUint32(4)] : [];
  });
  return ttls.length === 0 ? undefined : Math.max(...ttls);
}

function found<T extends RecordType>(
  end: Trail,
  owned: readonly ReplyRecord[],
  originalTtl: number | undefined,
): Answer<RecordOf[T]> {
  const records = owned.flatMap(({ value }) => (value === undefined ? [] : [value as RecordOf[T]]));
  if (records.length === 0) return malformed('no readable record');
  const ttl = owned.reduce((least, record) => Math.min(least, record.ttl), end.ttl);
  const signed = end.secure && originalTtl !== undefined ? { originalTtl } : {};
  return { kind: 'found', records, ...settled(end, ttl), ...signed };
}

/** RFC 2308 §5: a denial without an SOA record is not kept. */
function absent(end: Trail, denial: Absent['denial'], ttl: number): Absent {
  return { kind: 'absent', denial, ...settled(end, Math.min(end.ttl, ttl)) };
}

function settled(
  end: Trail,
  ttl: number,
): { secure: boolean; name: string; aliases: readonly string[]; ttl: number } {
  return { secure: end.secure, name: end.name, aliases: end.aliases, ttl };
}
