import type { LabDomain, WorldNames } from '../../lab/world.ts';
import type { Certificates } from '../../vectors/certificates.ts';
import type { DnsEntry, RowInput } from '../../vectors/row.ts';
import { tlsaRdata } from '../../vectors/tlsa-text.ts';
import { organisationOf } from './row-names.ts';

/** Why a row cannot be seen from outside a mail server, or not in this lab. */
export interface NotPlayable {
  readonly why: string;
}

export interface RowRecords {
  readonly domains: readonly LabDomain[];
  /** IPv4 addresses of the row, as it has them. */
  readonly addresses: readonly string[];
}

/** RFC 1035 §2.3.4, less what a longer port takes. */
const longestName = 250;

/** Where the row says that the lookup fails, there is a record whose signature is broken. */
const forged: Readonly<Record<string, string>> = {
  MX: '10 forged.test.',
  A: '127.0.0.9',
  AAAA: '::9',
  CNAME: 'forged.test.',
  TLSA: `3 1 1 ${'00'.repeat(32)}`,
};

/**
 * The zones of a row: what is signed below `ID.test`, and a zone without signatures for each organisation whose records
 * are not signed.
 * @param hostAt what the lab calls the host at an address of the row
 */
export function rowRecords(
  { dns, tlsa }: Pick<RowInput, 'dns' | 'tlsa'>,
  names: { readonly id: string; readonly rename: (text: string) => string },
  certificates: Certificates,
  hostAt: (address: string) => string,
): RowRecords | NotPlayable {
  const entries: (readonly [name: string, type: string, entry: DnsEntry])[] = [];
  if (tlsa !== undefined) entries.push(['_25._tcp.mx.example.test', 'TLSA', { records: tlsa, secure: true }]);
  for (const [question, entry] of Object.entries(dns)) {
    const [name = '', type = ''] = question.split(' ');
    if (entry !== null && name !== '.') entries.push([name, type, entry]);
  }
  if (entries.some(([name]) => names.rename(name).length > longestName))
    return { why: 'a name at the limit' };
  const trouble = entries.map((each) => whyNot(each)).find((why) => why !== undefined) ?? clash(entries);
  if (trouble !== undefined) return { why: trouble };
  const unsigned = unsignedOrganisations(entries);
  if (unsigned === undefined) return { why: 'signed and unsigned records in one zone' };
  // A zone has other records at its own name.
  if (entries.some(([name, type]) => type === 'CNAME' && unsigned.has(name)))
    return { why: 'an alias in place of a zone' };
  const write =
    (isHere: (name: string) => boolean) =>
    (world: WorldNames): readonly string[] =>
      entries
        .filter(([name]) => isHere(name))
        .flatMap(([name, type, entry]) => {
          const owner = ownerOf(name, names.rename, world.port);
          return rdataOf(type, entry, { ...names, certificates, world, hostAt }).map(
            (text) => `${owner} ${text}`,
          );
        });
  const bogus = (world: WorldNames): readonly string[] =>
    entries
      .filter(([, , entry]) => 'fail' in entry)
      .map(([name, type]) => `${ownerOf(name, names.rename, world.port)} ${type}`);
  return {
    domains: [
      {
        name: `${names.id}.test`,
        dnssec: 'signed',
        records: write((name) => !unsigned.has(organisationOf(name))),
        bogusRrsets: bogus,
      },
      ...[...unsigned].map((organisation) => ({
        name: names.rename(organisation),
        dnssec: 'unsigned' as const,
        records: write((name) => organisationOf(name) === organisation),
      })),
    ],
    addresses: [
      ...new Set(
        entries.flatMap(([, type, entry]) => (type === 'A' && 'records' in entry ? entry.records : [])),
      ),
    ],
  };
}

function whyNot([name, type, entry]: readonly [string, string, DnsEntry]): string | undefined {
  if (!name.endsWith('.test')) return 'a name outside the lab';
  if ('odd' in entry) return 'replies that no name server sends';
  if ('fail' in entry) return entry.fail === 'SERVFAIL' ? undefined : 'failures other than a bad signature';
  if ('alias' in entry && type !== 'CNAME' && type !== 'DNAME') return 'replies that no name server sends';
  if (type === 'MX' && 'records' in entry && !entry.records.every((text) => /(?:^\d+ \.|\.test)$/.test(text)))
    return 'a name outside the lab';
  if (type === 'A' && 'records' in entry && !entry.records.every(isOfDocumentation))
    return 'addresses that are the point of the row';
  if (type === 'AAAA' && 'records' in entry) return 'IPv6, of which the lab has one address';
  if (type === 'TLSA' && 'records' in entry && entry.records.some((text) => /^rdata|hex ?$/.test(text)))
    return 'records that a name server does not take';
  return undefined;
}

/** RFC 5737: an address of the lab may stand for it. */
function isOfDocumentation(address: string): boolean {
  return ['192.0.2.', '198.51.100.', '203.0.113.'].some((network) => address.startsWith(network));
}

/** A CNAME record stands alone, and there is nothing below a DNAME record. */
function clash(entries: readonly (readonly [string, string, DnsEntry])[]): string | undefined {
  const present = entries.filter(([, , entry]) => !('absent' in entry));
  const hasClash = present.some(([alias, type]) =>
    present.some(
      ([name, other]) =>
        (type === 'CNAME' && name === alias && other !== 'CNAME') ||
        (type === 'DNAME' && name.endsWith(`.${alias}`)),
    ),
  );
  return hasClash ? 'replies that no name server sends' : undefined;
}

/** Undefined where one organisation has both. A forged signature is in a signed zone. */
function unsignedOrganisations(
  entries: readonly (readonly [string, string, DnsEntry])[],
): ReadonlySet<string> | undefined {
  const signed = new Map<string, boolean>();
  for (const [name, , entry] of entries) {
    const isSigned = 'fail' in entry || ('secure' in entry && entry.secure);
    const organisation = organisationOf(name);
    if ((signed.get(organisation) ?? isSigned) !== isSigned) return undefined;
    signed.set(organisation, isSigned);
  }
  return new Set([...signed].filter(([, isSigned]) => !isSigned).map(([organisation]) => organisation));
}

/** The port of the lab stands for 25. */
function ownerOf(name: string, rename: (text: string) => string, port: number): string {
  return `${rename(name).replace(/^_25\./, `_${port}.`)}.`;
}

function rdataOf(
  type: string,
  entry: DnsEntry,
  about: {
    readonly rename: (text: string) => string;
    readonly certificates: Certificates;
    readonly world: WorldNames;
    readonly hostAt: (address: string) => string;
  },
): readonly string[] {
  if ('alias' in entry)
    return [`${type} ${about.rename(entry.alias).replace(/^_25\./, `_${about.world.port}.`)}.`];
  if ('fail' in entry) return [`${type} ${forged[type] ?? ''}`];
  // A name that exists, and has nothing of the kind.
  if ('absent' in entry) return entry.absent === 'NODATA' ? ['TXT "here"'] : [];
  if (!('records' in entry)) return [];
  return entry.records.map((text) => {
    if (type === 'A') return about.world.address(about.hostAt(text));
    if (type === 'MX') return `MX ${exchange(text, about.rename)}`;
    if (type !== 'TLSA') return `${type} ${text}`;
    const rdata = tlsaRdata(text, about.certificates);
    return `TLSA ${rdata[0]} ${rdata[1]} ${rdata[2]} ${rdata.subarray(3).toString('hex')}`;
  });
}

/** `10 mx.example.test`, or `0 .` of a null MX. */
function exchange(text: string, rename: (name: string) => string): string {
  const [preference, name = ''] = text.split(' ');
  return `${preference} ${name === '.' || name === '' ? '.' : `${rename(name)}.`}`;
}
