import type { TlsaRecord } from '../dns/record.ts';
import { parametersText } from './make-record.ts';

/** A record at its place in the DNS. */
export interface PlacedRecord {
  /** Without the final dot: `_25._tcp.mx.example.org` (`ownerOf`). */
  readonly owner: string;
  /** Seconds; absent where the zone says it. */
  readonly ttl?: number;
  readonly record: TlsaRecord;
}

/** Name of the TLSA records of a service over TCP (RFC 6698 §3): `_25._tcp.mx.example.org`, without a final dot. */
export function ownerOf(host: string, port: number): string {
  return `_${port}._tcp.${host.replace(/\.$/, '')}`;
}

/** The data as a master file has it (RFC 6698 §2.2), whole: `3 1 1 8a9a70…`, hexadecimal in lower case. */
export function rdataText(record: TlsaRecord): string {
  return `${parametersText(record)} ${hex(record.data)}`;
}

/** `_25._tcp.mx.example.org. 3600 IN TLSA 3 1 1 8a9a70…` */
export function zoneLine({ owner, ttl, record }: PlacedRecord): string {
  return `${owner}. ${ttlText(ttl)}IN TLSA ${rdataText(record)}`;
}

/** The same for servers and forms that do not know the type (RFC 3597 §5): `… IN TYPE52 \# 35 0301018a9a70…` */
export function genericLine({ owner, ttl, record }: PlacedRecord): string {
  return `${owner}. ${ttlText(ttl)}IN TYPE52 ${genericRdata(record)}`;
}

/** `\# 35 0301018a9a70…` (RFC 3597 §5) */
function genericRdata({ usage, selector, matching, data }: TlsaRecord): string {
  return `\\# ${3 + data.length} ${hex(Uint8Array.of(usage, selector, matching))}${hex(data)}`;
}

/** A command of PowerDNS's pdnsutil (4.x and later). @param zone the zone that the owner lies in, without a final dot */
export function pdnsutilCommand({ owner, ttl, record }: PlacedRecord, zone: string): string {
  const name = owner.endsWith(`.${zone}`) ? owner.slice(0, -zone.length - 1) : `${owner}.`;
  return `pdnsutil add-record ${zone} ${name} TLSA ${ttlText(ttl)}"${rdataText(record)}"`;
}

/** TTL where nobody has said one, for what cannot do without. */
export const usualTtl = 3600;

/**
 * The body of a PATCH to `/api/v1/servers/localhost/zones/ZONE` of PowerDNS: it replaces all records of the one owner
 * that they have by these.
 */
export function powerDnsPatch(owner: string, records: readonly TlsaRecord[], ttl: number = usualTtl): string {
  const rrset = {
    name: `${owner}.`,
    type: 'TLSA',
    ttl,
    changetype: 'REPLACE',
    records: records.map((record) => ({ content: rdataText(record), disabled: false })),
  };
  return JSON.stringify({ rrsets: [rrset] });
}

/** A line for nsupdate(1) of BIND. */
export function nsupdateLine({ owner, ttl = usualTtl, record }: PlacedRecord): string {
  return `update add ${owner}. ${ttl} TLSA ${rdataText(record)}`;
}

function ttlText(ttl: number | undefined): string {
  return ttl === undefined ? '' : `${ttl} `;
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('hex');
}
