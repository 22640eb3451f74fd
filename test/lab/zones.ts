import type { World, WorldNames } from './world.ts';

/** One zone as our name server has it, before signing. */
export interface Zone {
  /** Apex with its trailing dot: `good.test.`, and `.` for the root. */
  readonly apex: string;
  readonly dnssec: 'signed' | 'unsigned' | 'bogus';
  /** Zone that delegates to it; the root has none. */
  readonly parent?: string;
  /** Master-file lines after `$ORIGIN`. */
  readonly lines: readonly string[];
  /** Owner, absolute and in lower case, and type: `_25._tcp.mx.good.test. TLSA`. */
  readonly bogusRrsets: readonly string[];
}

const nameServer = 'ns.test.';

/** Root, `test.` and the domains of the world. Zones of dead name servers are delegated and not among the result. */
export function zonesOf(world: World, names: WorldNames, nameServerAddress: string): Zone[] {
  const above = ['.', 'test.', ...world.domains.map(({ name }) => `${name}.`)];
  const delegations = new Map<string, string[]>();
  for (const apex of above.slice(1)) {
    const parent = parentOf(apex, above);
    const lines = delegations.get(parent) ?? [];
    delegations.set(parent, [...lines, `${apex} NS ${nameServer}`]);
  }
  const zone = (
    apex: string,
    dnssec: Zone['dnssec'],
    own: readonly string[],
    bogus: readonly string[] = [],
  ) => ({
    apex,
    dnssec,
    ...(apex === '.' ? {} : { parent: parentOf(apex, above) }),
    lines: [
      `@ SOA ${nameServer} hostmaster.test. 1 3600 600 86400 1`,
      `@ NS ${nameServer}`,
      ...own,
      ...(delegations.get(apex) ?? []),
    ],
    bogusRrsets: bogus.map((entry) => absolute(entry, apex)),
  });
  const address = `${nameServer} A ${nameServerAddress}`;
  const zones: Zone[] = [zone('.', 'signed', [address]), zone('test.', 'signed', [address])];
  for (const domain of world.domains) {
    if (domain.dnssec === 'dead') continue;
    const bogus = domain.bogusRrsets?.(names);
    zones.push(zone(`${domain.name}.`, domain.dnssec, domain.records?.(names) ?? [], bogus));
  }
  return zones;
}

/** The whole text of a zone. TTLs are short: a lab lives for minutes. */
export function masterFile(zone: Zone, dsLines: readonly string[]): string {
  return [`$ORIGIN ${zone.apex}`, '$TTL 60', ...zone.lines, ...dsLines, ''].join('\n');
}

/** Breaks signatures of a signed zone: all of them, or those of `bogusRrsets`. Throws when there is no such record set. */
export function breakSignatures(signed: string, zone: Zone): string {
  const missing = new Set(zone.bogusRrsets);
  const broken = signed.split('\n').map((line) => {
    const [owner = '', , , type, covered = ''] = line.split(/\s+/);
    if (type !== 'RRSIG') return line;
    const rrset = `${owner.toLowerCase()} ${covered}`;
    if (zone.dnssec !== 'bogus' && !zone.bogusRrsets.includes(rrset)) return line;
    missing.delete(rrset);
    return line.replace(/(\S)(\S*)$/, (_, first: string, rest: string) => (first === 'A' ? 'B' : 'A') + rest);
  });
  if (missing.size > 0) throw new Error(`${zone.apex} has no record set ${[...missing].join(', ')}`);
  return broken.join('\n');
}

function parentOf(apex: string, zones: readonly string[]): string {
  const above = zones.filter((zone) => zone !== apex && (zone === '.' || apex.endsWith(`.${zone}`)));
  return above.reduce((nearest, zone) => (zone.length > nearest.length ? zone : nearest), '.');
}

function absolute(entry: string, apex: string): string {
  const [owner = '@', type = ''] = entry.split(' ');
  const name = owner === '@' ? apex : owner.endsWith('.') ? owner : `${owner}.${apex}`;
  return `${name.toLowerCase()} ${type}`;
}
