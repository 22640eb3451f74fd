import { hasIpv6Loopback } from '../../lab/address-space.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import type { LabDomain, LabHost, World, WorldNames } from '../../lab/world.ts';
import type { Destination } from './destination.ts';
import { aliases } from './destinations/aliases.ts';
import { certificates } from './destinations/certificates.ts';
import { greetingAndStartTls } from './destinations/greeting-and-starttls.ts';
import { insecureMx } from './destinations/insecure-mx.ts';
import { lookups } from './destinations/lookups.ts';
import { replies } from './destinations/replies.ts';
import { severalHosts } from './destinations/several-hosts.ts';
import { tlsaRecords } from './destinations/tlsa-records.ts';
import { makeMaterial } from './material.ts';

/** A lab, and where mail is sent in it. */
export interface DifferentialWorld {
  readonly world: World;
  /** `good.test`; `[sound.test]` for the address of that host. */
  readonly domains: readonly string[];
  /** Those whose MX record set is there and not signed. */
  readonly insecureMx: ReadonlySet<string>;
  /** Those whose TLSA records may count or not by their digest. */
  readonly digests: ReadonlySet<string>;
}

/** Records of one digest and of several, sound and not. */
const digestCase = /^(?:agility|ee-|rollover)/;

/** The standard world, in which a host that changes its mind does so no more, and the destinations of this test. */
export async function differentialWorld(): Promise<DifferentialWorld> {
  const [standard, material] = await Promise.all([standardWorld(), makeMaterial()]);
  const insecure = await insecureMx(material);
  const records = tlsaRecords(material);
  const own = [
    ...(await aliases(material)),
    ...records,
    ...(await certificates(material)),
    ...(await greetingAndStartTls(material)),
    ...lookups(material),
    ...severalHosts(material),
    ...replies(material),
    ...insecure,
  ];
  const ipv6 = hasIpv6Loopback() ? ['[mx.ipv6.test]'] : [];
  return {
    world: {
      domains: [...standard.domains, ...zones(own)],
      hosts: [...standard.hosts.map(alwaysTheSame), ...material.hosts, ...own.flatMap(({ hosts }) => hosts)],
    },
    domains: [
      ...standard.domains.map(({ name }) => name),
      'nxdomain.test',
      ...ipv6,
      ...own.map(({ domain }) => domain),
    ],
    insecureMx: new Set(['unsigned.test', 'half.test', ...insecure.map(({ domain }) => domain)]),
    digests: new Set(records.map(({ domain }) => domain).filter((domain) => digestCase.test(domain))),
  };
}

function zones(destinations: readonly Destination[]): readonly LabDomain[] {
  const all = (part: 'signed' | 'insecure' | 'bogusRrsets') => (names: WorldNames) =>
    destinations.flatMap((destination) => destination[part](names));
  return [
    { name: 'signed.test', dnssec: 'signed', records: all('signed'), bogusRrsets: all('bogusRrsets') },
    { name: 'insecure.test', dnssec: 'unsigned', records: all('insecure') },
  ];
}

/** Greylisting would make the second client of the two the lucky one. */
function alwaysTheSame(host: LabHost): LabHost {
  if (host.name !== 'mx.greylist.test' || host.kind !== 'scripted') return host;
  return { ...host, replies: { RCPT: '450 4.2.0 Greylisted, try again later' } };
}
