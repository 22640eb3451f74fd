import { few } from './quantities.ts';
import { tellerOf, type Finding } from './finding.ts';

/** What the DNS has for an address from which mail goes out. */
export interface PtrFacts {
  readonly address: string;
  /** Empty if there are none. */
  readonly names: readonly string[];
  /** Those of them that lead back to the address. */
  readonly confirmed: readonly string[];
  /** Why that could not be found out. */
  readonly failed?: string;
}

export interface NameFacts {
  readonly hostname: string;
  /** What mail hosts are told in EHLO; empty if there is nothing that they would accept. */
  readonly heloName: string;
  /** A name with a domain, not "localhost". */
  readonly isFull: boolean;
  /** Addresses of the EHLO name. */
  readonly addresses: readonly string[];
  readonly lookupFailed?: string;
  /** Addresses of this machine, and those of delivery.proxy_interfaces. */
  readonly own: readonly string[];
  /** Public addresses from which mail goes out; empty behind address translation. */
  readonly outgoing: readonly PtrFacts[];
  /** Mail goes out by way of this host. */
  readonly relayhost: string;
}

const { ok, warn, fail, skip } = tellerOf('name');

export function judgeName(facts: NameFacts): readonly Finding[] {
  const findings = [...judgeForward(facts), ...judgeReverse(facts)];
  if (facts.relayhost === '') return findings;
  // Only the relayhost sees this machine.
  return findings.map((finding) => (finding.state === 'FAIL' ? { ...finding, state: 'warn' } : finding));
}

function judgeForward({
  hostname,
  heloName,
  isFull,
  addresses,
  lookupFailed,
  own,
}: NameFacts): readonly Finding[] {
  if (heloName.startsWith('[')) return [ok('name-literal', `mail hosts are told the address ${heloName}`)];
  if (!isFull)
    return [
      warn(
        'name-not-full',
        `this machine has no name with a domain (${heloName || hostname}): many mail servers take no mail from such a host`,
        'set hostname to the name that the DNS has for this machine, such as "relay.example.org"',
      ),
    ];
  if (lookupFailed !== undefined)
    return [
      warn(
        'name-unknown',
        `the name ${heloName} could not be looked up: ${lookupFailed}`,
        'dane-relay doctor --only resolver',
      ),
    ];
  if (addresses.length === 0)
    return [
      {
        ...fail(
          'name-not-found',
          `the DNS does not know ${heloName}, by which mail hosts are greeted`,
          `publish an address: ${heloName}. IN A YOUR-ADDRESS; or set hostname to a name that is known`,
        ),
        effect: 'mail hosts that look it up refuse the mail',
      },
    ];
  const ours = addresses.filter((address) => own.includes(address));
  if (ours.length > 0)
    return [ok('name-resolves', `${heloName} resolves to ${few(ours)}, which is this machine`)];
  return [
    warn(
      'name-elsewhere',
      `${heloName} resolves to ${few(addresses)}, and this machine has ${few(own.filter((one) => !/^(?:127\.|::1$)/.test(one))) || 'no address'}`,
      'behind address translation, name the outer address in delivery.proxy_interfaces; otherwise correct the DNS or hostname',
    ),
  ];
}

/** Large providers take no mail from an address without a name that leads back to it. */
function judgeReverse({ outgoing, heloName }: NameFacts): readonly Finding[] {
  if (outgoing.length === 0)
    return [
      skip(
        'ptr-not-judged',
        'the public address of this machine is not known, so its name in the DNS (PTR) was not looked up',
        'name the address that others see in delivery.proxy_interfaces',
      ),
    ];
  return outgoing.map(({ address, names, confirmed, failed }) => {
    const ask = `ask the provider of ${address} to set its PTR record to ${heloName || 'the name of this machine'}`;
    if (failed !== undefined)
      return warn('ptr-unknown', `PTR of ${address} could not be looked up: ${failed}`, 'try again');
    if (names.length === 0)
      return {
        ...fail('ptr-missing', `${address}, from which mail goes out, has no name in the DNS (PTR)`, ask),
        effect: 'large providers refuse the mail',
      };
    if (confirmed.length === 0)
      return {
        ...fail(
          'ptr-not-confirmed',
          `the PTR name of ${address} is ${few(names)}, which does not lead back to it`,
          `${ask}, and let ${names[0]} resolve to ${address}`,
        ),
        effect: 'large providers refuse the mail',
      };
    const isHelo = confirmed.some((name) => name.toLowerCase() === heloName.toLowerCase());
    if (!isHelo && heloName !== '')
      return warn(
        'ptr-other-name',
        `${address} is called ${few(confirmed)} in the DNS, and mail hosts are told ${heloName}`,
        `set hostname = "${confirmed[0]}", or ${ask}`,
      );
    return ok('ptr-confirmed', `${address} is called ${few(confirmed)}, and back`);
  });
}
