import { few } from './quantities.ts';
import { tellerOf, type Finding } from './finding.ts';

/** A try to connect to the mail host of a domain. */
export interface OutboundTry {
  readonly domain: string;
  readonly host: string;
  readonly address: string;
  readonly outcome: 'answered' | 'no greeting' | 'refused' | 'silent' | 'no route';
  /** First line of the greeting, or what the system said. */
  readonly what: string;
}

export interface OutboundFacts {
  readonly port: number;
  /** Where the domains come from: what the operator typed, the relayhost, the queue. */
  readonly source: '--domain' | 'delivery.relayhost' | 'the queue' | 'the history' | 'none';
  readonly tries: readonly OutboundTry[];
  /** Domains that gave no address to try. */
  readonly notTried: readonly { readonly domain: string; readonly why: string }[];
  /** delivery.inet_protocols allows IPv6. */
  readonly wantsIpv6: boolean;
}

const { ok, warn, fail, skip } = tellerOf('outbound');

const wait = 'mail waits and is tried again until queue.lifetime';

/** Nobody is dialled whom the operator did not name, or mail waits for. */
export function judgeOutbound({
  port,
  source,
  tries,
  notTried,
  wantsIpv6,
}: OutboundFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (source === 'none' || (tries.length === 0 && notTried.length === 0))
    return [
      skip(
        'outbound-not-tried',
        `outbound port ${port} was not tried: no mail waits or went out lately, and no stranger is dialled without being asked for`,
        'name a domain that takes mail: dane-relay doctor --only outbound --domain example.org',
      ),
    ];
  for (const { domain, why } of notTried)
    findings.push(
      warn(
        'outbound-no-host',
        `no mail host of ${domain} could be dialled: ${why}`,
        `dane-relay check ${domain}`,
      ),
    );
  if (tries.length === 0) return findings;
  const answered = tries.filter(({ outcome }) => outcome === 'answered');
  const named = ({ host, address }: OutboundTry): string => `${host}[${address}]:${port}`;
  if (answered.length === 0) return [...findings, nobody(port, tries, named)];
  findings.unshift(
    ok(
      'outbound-open',
      `outbound port ${port} is open: ${few(answered.map(named), 3)} answered (of ${source})`,
    ),
  );
  const failed = tries.filter(({ outcome }) => outcome !== 'answered');
  const isV6 = ({ address }: OutboundTry): boolean => address.includes(':');
  if (
    wantsIpv6 &&
    failed.some(isV6) &&
    !answered.some(isV6) &&
    failed.filter(isV6).every(({ outcome }) => outcome === 'no route' || outcome === 'silent')
  )
    findings.push(
      warn(
        'outbound-no-ipv6',
        `nobody can be reached by IPv6 (${few(failed.filter(isV6).map(named), 2)}); by IPv4 hosts answer`,
        'set delivery.inet_protocols = ipv4, or mend IPv6 of this machine',
      ),
    );
  const others = failed.filter((one) => !isV6(one));
  if (others.length > 0)
    findings.push(
      warn(
        'outbound-some-fail',
        `not all hosts answer: ${few(
          others.map((one) => `${named(one)} (${one.what})`),
          3,
        )}`,
        `others do, so it is most likely theirs: dane-relay explain ${others[0]?.domain}`,
      ),
    );
  return findings;
}

function nobody(port: number, tries: readonly OutboundTry[], named: (one: OutboundTry) => string): Finding {
  const list = few(
    tries.map((one) => `${named(one)} (${one.what})`),
    3,
  );
  if (tries.every(({ outcome }) => outcome === 'no route'))
    return {
      ...fail(
        'outbound-no-route',
        `there is no way to any host: ${list}`,
        'look at the network of this machine: ip route',
      ),
      effect: wait,
    };
  if (tries.every(({ outcome }) => outcome === 'silent' || outcome === 'no route'))
    return {
      ...fail(
        'outbound-blocked',
        `outbound port ${port} seems blocked: nobody answers, ${list}`,
        'ask the provider of this machine to open it: many close it until asked; or set delivery.relayhost',
      ),
      effect: wait,
    };
  return {
    ...fail(
      'outbound-refused',
      `no host can be spoken to at port ${port}: ${list}`,
      'try another domain: dane-relay doctor --only outbound --domain example.org',
    ),
    effect: wait,
  };
}
