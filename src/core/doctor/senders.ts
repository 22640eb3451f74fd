import type { RecordState } from '../dkim/key-record.ts';
import type { Dmarc } from '../dmarc/policy.ts';
import type { SpfVerdict } from '../spf/evaluate.ts';
import { tellerOf, type Finding } from './finding.ts';

/** What the DNS has for one key of a domain. */
export interface DkimFacts {
  /** `mail._domainkey.example.org` */
  readonly name: string;
  readonly state: RecordState | 'unknown';
  /** What it means, as `dkim check` says it. */
  readonly text: string;
}

/** What receivers find out about a domain that we send from. */
export interface SenderFacts {
  readonly domain: string;
  /** Where it is from: `dkim.directory`, `--sender`. */
  readonly from: string;
  /** For each address that mail goes out from; empty if none is known. */
  readonly spf: readonly { readonly address: string; readonly verdict: SpfVerdict }[];
  /** Of a host that nobody has: whether there is a record that can be read. */
  readonly spfRecord: SpfVerdict;
  /** Keys that sign its mail; empty if nothing does. */
  readonly dkim: readonly DkimFacts[];
  readonly dmarc: Dmarc;
}

export interface SendersFacts {
  readonly senders: readonly SenderFacts[];
  /** Domains that are not looked at because there are too many. */
  readonly leftOut: number;
  /** Mail goes out by way of another host, whose address counts. */
  readonly relayhost: string;
}

const { ok, warn, fail, skip } = tellerOf('senders');

export function judgeSenders({ senders, leftOut, relayhost }: SendersFacts): readonly Finding[] {
  if (senders.length === 0)
    return [
      skip(
        'senders-none',
        'no domain of senders is known from the settings',
        'name yours: dane-relay doctor --sender example.org',
      ),
    ];
  const findings = senders.flatMap((sender) => judgeSender(sender, relayhost));
  if (leftOut > 0)
    findings.push(
      skip(
        'senders-left-out',
        `${leftOut} more domains were not looked at`,
        'name one: dane-relay doctor --only senders --sender example.org',
      ),
    );
  return findings;
}

function judgeSender(sender: SenderFacts, relayhost: string): readonly Finding[] {
  return [...judgeSpf(sender, relayhost), ...judgeDkim(sender), ...judgeDmarc(sender)];
}

function judgeSpf({ domain, spf, spfRecord }: SenderFacts, relayhost: string): readonly Finding[] {
  const { result, record, why } = spfRecord;
  const mine = spf.map(({ address }) => `ip${address.includes(':') ? '6' : '4'}:${address}`).join(' ');
  const publish = `publish: ${domain}. IN TXT "v=spf1 ${mine || 'ip4:YOUR-ADDRESS'} -all"`;
  if (result === 'none')
    return [
      warn('spf-missing', `${domain} has no SPF record: large providers refuse or mark its mail`, publish),
    ];
  if (result === 'permerror')
    return [
      fail(
        'spf-broken',
        `the SPF record of ${domain} is of no use: ${why}`,
        `mend it; it is: ${record ?? 'not readable'}`,
      ),
    ];
  if (result === 'temperror')
    return [
      warn(
        'spf-unknown',
        `SPF of ${domain} could not be looked up: ${why}`,
        'try again; if it stays, look at the name servers of that domain',
      ),
    ];
  if (relayhost !== '')
    return [
      ok(
        'spf-there',
        `${domain} has an SPF record; the address of ${relayhost} counts, from which the mail goes out`,
      ),
    ];
  if (spf.length === 0)
    return [
      skip(
        'spf-not-judged',
        `${domain} has an SPF record; whether it lets this machine send is not known, for its public address is not`,
        addressAdvice,
      ),
    ];
  return spf.map(({ address, verdict }) => judgeAddress(domain, address, verdict));
}

const addressAdvice = 'name the address that others see in delivery.proxy_interfaces';

function judgeAddress(domain: string, address: string, { result, why, record }: SpfVerdict): Finding {
  const what = `ip${address.includes(':') ? '6' : '4'}:${address}`;
  const add = `add "${what}" to the SPF record of ${domain}, before its "all"; it is: ${record ?? 'not readable'}`;
  switch (result) {
    case 'pass':
      return ok('spf-pass', `SPF of ${domain} lets ${address} send (${why})`);
    case 'fail':
      return fail('spf-fails', `SPF of ${domain} says that ${address} may not send its mail (${why})`, add);
    case 'softfail':
      return fail(
        'spf-fails',
        `SPF of ${domain} says that ${address} should not send its mail (softfail, ${why})`,
        add,
      );
    case 'neutral':
    case 'none':
      return warn('spf-neutral', `SPF of ${domain} says nothing of ${address} (${why})`, add);
    case 'permerror':
      return fail(
        'spf-broken',
        `the SPF record of ${domain} is of no use: ${why}`,
        `mend it; it is: ${record ?? 'not readable'}`,
      );
    case 'temperror':
      return warn(
        'spf-unknown',
        `SPF of ${domain} for ${address} could not be looked up: ${why}`,
        'try again; if it stays, look at the name servers of that domain',
      );
  }
}

function judgeDkim({ domain, dkim }: SenderFacts): readonly Finding[] {
  if (dkim.length === 0)
    return [
      warn(
        'dkim-none',
        `mail of ${domain} is not signed here`,
        `dane-relay dkim create ${domain}; leave it if the client signs`,
      ),
    ];
  return dkim.map(({ name, state, text }) => {
    const show = `dane-relay dkim show ${domain} prints the record to publish`;
    switch (state) {
      case 'published':
        return ok('dkim-published', `DKIM key ${name} is published`);
      case 'unknown':
        return warn(
          'dkim-unknown',
          `DKIM key ${name}: ${text}`,
          'try again; if it stays, look at the name servers of that domain',
        );
      case 'testing':
        return warn('dkim-testing', `DKIM key ${name}: ${text}`, 'take t=y out of the record');
      case 'missing':
      case 'several':
      case 'other key':
      case 'other type':
      case 'revoked':
      case 'restricted':
      case 'unreadable':
        return fail('dkim-wrong', `DKIM key ${name}: ${text}`, show);
    }
  });
}

function judgeDmarc(sender: SenderFacts): readonly Finding[] {
  const { domain, dmarc } = sender;
  switch (dmarc.kind) {
    case 'missing':
      return [
        warn(
          'dmarc-missing',
          `${domain} has no DMARC record: large providers want one of whoever sends much`,
          `publish: _dmarc.${domain}. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@${domain}"`,
        ),
      ];
    case 'several':
      return [
        fail(
          'dmarc-broken',
          `_dmarc.${dmarc.at} has several DMARC records: none counts`,
          'leave one of them',
        ),
      ];
    case 'broken':
      return [
        fail(
          'dmarc-broken',
          `the DMARC record of ${dmarc.at} is of no use: ${dmarc.why}`,
          `mend it; it is: ${dmarc.record}`,
        ),
      ];
    case 'failed':
      return [
        warn(
          'dmarc-unknown',
          `DMARC of ${domain} could not be looked up: ${dmarc.why}`,
          'try again; if it stays, look at the name servers of that domain',
        ),
      ];
    case 'found':
      return [judgeAlignment(sender, dmarc)];
  }
}

/**
 * RFC 7489 §3.1: SPF or DKIM must pass for the domain in From. What the relay signs names that very domain, or one above it,
 * and its envelope sender is taken to be of the same domain.
 */
function judgeAlignment(
  { domain, spf, spfRecord, dkim }: SenderFacts,
  { policy, at }: Extract<Dmarc, { kind: 'found' }>,
): Finding {
  const isSigned = dkim.some((key) => key.state === 'published' && isAligned(key.name, domain, policy.dkim));
  const isLet = spf.length > 0 && spf.every(({ verdict }) => verdict.result === 'pass');
  const where = at === domain ? '' : ` (of ${at})`;
  const asks = `DMARC of ${domain}${where} says p=${policy.policy}`;
  const means = [...(isLet ? ['SPF passes'] : []), ...(isSigned ? ['DKIM is aligned'] : [])];
  if (means.length > 0) return ok('dmarc-aligned', `${asks}, and ${means.join(' and ')}`);
  // A client that signs, or a relayhost that SPF allows, may make it good.
  const isOpen = spf.length === 0 && spfRecord.result !== 'none' && spfRecord.result !== 'permerror';
  if (policy.policy === 'none' || isOpen)
    return warn(
      'dmarc-not-aligned',
      `${asks}; neither SPF nor DKIM is known to pass for this machine's mail`,
      `dane-relay dkim create ${domain}, or let SPF name this machine`,
    );
  return fail(
    'dmarc-fails',
    `${asks}, and neither SPF nor DKIM passes for this machine's mail: receivers ${policy.policy === 'reject' ? 'refuse it' : 'put it aside'}`,
    `dane-relay dkim create ${domain} and publish the record, or let SPF name this machine`,
  );
}

/** @param name of the key's record: `SELECTOR._domainkey.DOMAIN` */
function isAligned(name: string, domain: string, mode: 'strict' | 'relaxed'): boolean {
  const signer = name.slice(name.indexOf('._domainkey.') + '._domainkey.'.length);
  return (
    signer === domain ||
    (mode === 'relaxed' && (domain.endsWith(`.${signer}`) || signer.endsWith(`.${domain}`)))
  );
}
