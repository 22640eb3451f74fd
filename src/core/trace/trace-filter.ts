import type { ObservedTarget } from '../delivery/session-event.ts';
import { canonicalAddress } from '../dns/ip-address.ts';
import { toALabels } from '../mail/address.ts';
import { parseDestination } from '../route/destination.ts';

/** Which sessions are wanted. Of several values of one kind any will do; of several kinds all must fit. */
export interface TraceFilter {
  /** Next hops and destinations of the queue, in lower case, without brackets and port. */
  readonly domains: readonly string[];
  /** Names of mail hosts, in lower case. */
  readonly hosts: readonly string[];
  /** IP addresses in their one form. */
  readonly addresses: readonly string[];
  /** Addresses of recipients, or `@domain`, in lower case. */
  readonly recipients: readonly string[];
}

/** Values of one kind. */
const mostValues = 20;
/** RFC 5321 §4.5.3.1.3. */
const longestValue = 256;

const kinds = ['domain', 'host', 'address', 'recipient'] as const;

/** Reads `domain=&host=&address=&recipient=`, each any number of times. */
export function readTraceFilter(query: URLSearchParams): TraceFilter | { readonly problem: string } {
  const unknown = [...query.keys()].find((name) => !kinds.some((kind) => kind === name));
  if (unknown !== undefined) return { problem: `unknown parameter; there are ${kinds.join(', ')}` };
  for (const kind of kinds) {
    const values = query.getAll(kind);
    if (values.length > mostValues) return { problem: `more than ${mostValues} values of ${kind}` };
    if (values.some((value) => value === '' || value.length > longestValue))
      return { problem: `${kind} has 1 to ${longestValue} characters` };
  }
  const addresses = query.getAll('address').map(canonicalAddress);
  if (addresses.includes(undefined)) return { problem: 'address is an IP address' };
  return {
    domains: query.getAll('domain').map(plainDomain),
    hosts: query.getAll('host').map(plainDomain),
    addresses: addresses.filter((address) => address !== undefined),
    recipients: query.getAll('recipient').map(plainRecipient),
  };
}

/** Whether a session may be one of them; its recipients are not known yet. */
export function fitsTarget(
  { domains, hosts, addresses }: TraceFilter,
  { host, address, nextHop, errand }: ObservedTarget,
): boolean {
  const hops = [nextHop, errand?.destination].filter((hop) => hop !== undefined);
  return (
    (domains.length === 0 || hops.some((hop) => domains.includes(plainDomain(hop)))) &&
    (hosts.length === 0 || hosts.includes(plainDomain(host))) &&
    (addresses.length === 0 || addresses.includes(canonicalAddress(address) ?? address))
  );
}

export function fitsRecipients({ recipients: wanted }: TraceFilter, recipients: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  return recipients.some((recipient) => {
    const address = recipient.toLowerCase();
    return wanted.includes(address) || wanted.includes(address.slice(address.lastIndexOf('@')));
  });
}

/** A domain is `@example.org`. */
function plainRecipient(text: string): string {
  return `${text.includes('@') ? '' : '@'}${text.toLowerCase()}`;
}

/** `[relay.example]:587` is `relay.example`. */
function plainDomain(text: string): string {
  const { host } = parseDestination(text);
  return toALabels(host) ?? host.toLowerCase();
}
