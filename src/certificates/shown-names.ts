import { OctetString } from 'asn1js';
import { GeneralName, GeneralNames, GeneralSubtree, NameConstraints } from 'pkijs';
import { addressOctets } from '../core/dns/address-octets.ts';

/** The names and addresses that a certificate shows. */
export interface ShownNames {
  /** Host names in A-labels. */
  readonly names: readonly string[];
  /** IP addresses. A client that dials an address looks for it as an address, not as a name (RFC 6125 §1.7.2). */
  readonly addresses: readonly string[];
}

const dnsName = 2;
const ipAddress = 7;

/** Networks that have no owner in the Internet: RFC 1122, 1918, 3927, 6598, 4193, 4291. */
const privateNetworks = [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const;

/** Value of the extension subjectAltName (RFC 5280 §4.2.1.6). */
export function alternativeNames({ names, addresses }: ShownNames): GeneralNames {
  return new GeneralNames({
    names: [
      ...names.map((value) => new GeneralName({ type: dnsName, value })),
      ...addresses.map((address) => addressName(octetsOf(address))),
    ],
  });
}

/**
 * The names for which our own authority may vouch (RFC 5280 §4.2.1.10): these names and those below them, these
 * addresses (for IPv6 the whole /64, in which a host changes its address by itself), and private addresses. A thief of
 * its key cannot pose as another site before clients that trust the authority.
 */
export function constraints({ names, addresses }: ShownNames): NameConstraints {
  const blocks = [
    ...privateNetworks.map(([address, prefix]) => block(octetsOf(address), prefix)),
    ...addresses.map(octetsOf).map((octets) => block(octets, octets.length === 4 ? 32 : 64)),
  ];
  return new NameConstraints({
    permittedSubtrees: [
      ...names.map((value) => new GeneralName({ type: dnsName, value })),
      ...blocks.map(addressName),
    ].map((base) => new GeneralSubtree({ base })),
  });
}

function addressName(octets: Uint8Array): GeneralName {
  return new GeneralName({ type: ipAddress, value: new OctetString({ valueHex: Uint8Array.from(octets) }) });
}

/** The address and its mask. */
function block(address: Uint8Array, prefix: number): Uint8Array {
  const mask = Uint8Array.from(address, (_, at) => 0xff00 >> Math.min(8, Math.max(0, prefix - at * 8)));
  return Uint8Array.of(...address.map((octet, at) => octet & (mask[at] ?? 0)), ...mask);
}

function octetsOf(address: string): Uint8Array {
  const octets = addressOctets(address);
  if (octets === undefined) throw new TypeError(`no address: ${address}`);
  return octets;
}
