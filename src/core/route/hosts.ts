import type { Answer, Failed } from '../dns/answer.ts';
import { familyOf } from '../dns/ip-address.ts';
import { isHostName } from '../dns/name.ts';
import type { MxRecord } from '../dns/record.ts';
import type { Trouble } from '../mail/status.ts';

/** A host that receives mail for a domain. */
export interface MailHost {
  /** Name in the MX record. Aliases are not expanded; the log shows this name. */
  readonly name: string;
  readonly preference: number;
}

/** The hosts of a domain, not sorted yet, and what is known of the RRset that names them. */
export interface MailHosts {
  readonly kind: 'hosts';
  /** Their names are host names, or addresses (which RFC 5321 §5.1 does not allow). */
  readonly hosts: readonly MailHost[];
  /** Names in MX records that are neither: no host can be found there. */
  readonly nameless: readonly string[];
  /** `none`: implicit MX, the domain is its own host (RFC 5321 §5.1). */
  readonly mx: 'secure' | 'insecure' | 'none';
  /** Domain the MX records were found at when the next hop is an alias; RFC 7672 §3.2.2 accepts it in certificates. */
  readonly expandedNextHop: string;
}

export function hostsOf(domain: string, answer: Answer<MxRecord>): MailHosts | Trouble {
  switch (answer.kind) {
    case 'failed':
      return lookupTrouble(domain, 'MX', answer);
    case 'absent':
      // Whether this denial is signed does not matter: the addresses of the domain are judged for themselves.
      return {
        kind: 'hosts',
        hosts: [{ name: domain, preference: 0 }],
        nameless: [],
        mx: 'none',
        expandedNextHop: answer.name,
      };
    case 'found':
      break;
  }
  const real = answer.records.filter(({ exchange }) => exchange !== '.');
  if (real.length === 0) {
    // RFC 7505 §3: a single record with an empty exchange. Beside real hosts it means nothing.
    return {
      outcome: 'bounced',
      scope: 'destination',
      dsn: '5.1.10',
      reason: `Domain ${domain} does not accept mail (nullMX)`,
    };
  }
  const named = real.map(({ exchange, preference }) => ({ name: exchange, preference }));
  return {
    kind: 'hosts',
    hosts: named.filter(({ name }) => canBeFound(name)),
    nameless: named.flatMap(({ name }) => (canBeFound(name) ? [] : [name])),
    mx: answer.secure ? 'secure' : 'insecure',
    expandedNextHop: answer.name,
  };
}

function canBeFound(name: string): boolean {
  return isHostName(name) || familyOf(name) !== undefined;
}

/** RFC 7672 §2.1.2: a failed lookup proves nothing about the domain, so the mail waits. */
export function lookupTrouble(name: string, type: string, failed: Failed): Trouble {
  const nameServer = `Name service error for name=${name} type=${type}`;
  const reason =
    failed.cause === 'malformed'
      ? `${nameServer}: Malformed or unexpected name server reply`
      : `Host or domain name not found. ${nameServer}: Host not found, try again`;
  const status = { outcome: 'deferred', scope: 'destination', dsn: '4.4.3', reason } as const;
  // No resolver could be asked, which is not the fault of the domain.
  return failed.cause === 'unreachable' ? { ...status, ours: true } : status;
}

/** No host has an address; permanent if every lookup says so. */
export function noAddress(name: string, denial: 'NXDOMAIN' | 'NODATA', type: string): Trouble {
  const why = denial === 'NXDOMAIN' ? 'Host not found' : 'Host found but no data record of requested type';
  return {
    outcome: 'bounced',
    scope: 'destination',
    dsn: '5.4.4',
    reason: `Host or domain name not found. Name service error for name=${name} type=${type}: ${why}`,
  };
}

/** The mail would come back to us (RFC 3463 §3.5). */
export function loopTrouble(domain: string, kind: 'loop' | 'primary missing'): Trouble {
  return kind === 'loop'
    ? {
        outcome: 'bounced',
        scope: 'destination',
        dsn: '5.4.6',
        reason: `mail for ${domain} loops back to myself`,
      }
    : {
        outcome: 'deferred',
        scope: 'destination',
        dsn: '4.4.4',
        reason: `unable to find primary relay for ${domain}`,
      };
}

/** No other destination is tried then, because that would make the loop worse. */
export function isLoop({ reason }: Trouble): boolean {
  return / loops back to myself$|^unable to find primary relay for /.test(reason);
}
