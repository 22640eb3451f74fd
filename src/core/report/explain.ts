import { domainOf } from '../mail/address.ts';
import type { DeliveryStatus, TlsFault } from '../mail/status.ts';
import { isDane } from '../levels/levels.ts';

/** An explanation of what went wrong, for a reader who has never heard of SMTP. */
export interface Explanation {
  readonly what: string;
  /** Who can fix it; absent if `what` says so, or if nobody need do anything. */
  readonly who?: 'receiver' | 'operator';
}

/** Reads the facts of a status, never its English words. @param address of the recipient */
export function explain(status: DeliveryStatus, address: string): Explanation {
  const domain = domainOf(address);
  return status.tlsFault === undefined
    ? { what: ordinary(status, domain) }
    : tlsTrouble(status.tlsFault, domain);
}

type Mismatch = NonNullable<TlsFault['mismatch']>;

const presented = 'The certificate that the host presented';
const foreign = `${presented} was not issued by the authority that the published records name.`;
const certificateFaults: Readonly<Record<Mismatch, string>> = {
  'no certificate': 'The host presented no certificate at all.',
  'no matching record': `${presented} does not match the published records. Perhaps the certificate was renewed and the records were not.`,
  'self-signed': foreign,
  'untrusted issuer': foreign,
  'name mismatch': `${presented} was issued for another name.`,
  expired: `${presented} has expired.`,
  'not yet valid': `${presented} is not valid yet.`,
  'bad signature': 'One of the certificates that the host presented has a wrong signature.',
  'invalid CA': `${presented} was issued by somebody who may not issue certificates.`,
  'path too long': `${presented} was issued by somebody who may not issue certificates.`,
  purpose: `${presented} was not issued for a server.`,
  'name constraint': `${presented} was issued by somebody who may not issue certificates for this name.`,
  'critical extension': `${presented} contains conditions that this relay does not know.`,
  'malformed certificate': `${presented} cannot be read.`,
  'weak key or digest': `${presented} uses cryptography so weak that it can be forged.`,
  'too much work': 'The certificates that the host presented are too many and too complex to check.',
};

/** The same where no record names an authority. */
const byAuthorities: Partial<Record<Mismatch, string>> = {
  'self-signed': `${presented} was issued by nobody whom this relay trusts.`,
  'untrusted issuer': `${presented} was issued by nobody whom this relay trusts.`,
};

function tlsTrouble(fault: TlsFault, domain: string): Explanation {
  const { host, level } = fault;
  const published = level !== undefined && isDane(level);
  const receives = `the mail host ${host}, which receives mail for ${domain}`;
  const bySts = level === 'sts';
  const promise = published
    ? `The operators of ${receives}, have announced in the DNS that it supports encryption, and how it proves its identity (DANE, TLSA records).`
    : bySts
      ? `The operators of ${domain} have announced that its mail hosts support encryption and prove their identity by a certificate (MTA-STS).`
      : `This relay is configured to send mail for ${domain} to ${host} only over a secure connection.`;
  const impostor =
    'Another machine may be answering in place of the right one, so the message was not given to it.';
  const who = published || bySts ? 'receiver' : 'operator';
  switch (fault.kind) {
    case 'certificate': {
      const wrong = published
        ? certificateFaults[fault.mismatch ?? 'no matching record']
        : bySts
          ? (byAuthorities[fault.mismatch ?? 'untrusted issuer'] ??
            certificateFaults[fault.mismatch ?? 'untrusted issuer'])
          : 'The host could not prove its identity.';
      return { what: `${promise} ${wrong} ${impostor}`, who };
    }
    case 'not offered':
      return {
        what: `${promise} But the host does not offer encryption (STARTTLS), or somebody on the way hides the offer. The message was not sent unencrypted.`,
        who,
      };
    case 'refused':
      return {
        what: `${promise} But the host refuses to start encryption (STARTTLS) when asked. The message was not sent unencrypted.`,
        who,
      };
    case 'handshake': {
      const why = fault.mismatch === undefined ? '' : ` ${certificateFaults[fault.mismatch]}`;
      return {
        what: `The relay could not set up an encrypted connection to ${receives}. The message was not sent unencrypted.${why}`,
        who: 'receiver',
      };
    }
    case 'TLSA lookup':
      return {
        what: `The relay could not find out whether ${receives}, must prove its identity (DANE, TLSA records). The name servers of that host do not answer the question, or their answer has a wrong signature. Without an answer the message might go to somebody else, so it was not sent.`,
        who: 'receiver',
      };
    case 'unsigned':
      return {
        what: `This relay is configured to send mail for ${domain} only to mail hosts that are protected by DNSSEC and DANE. The mail hosts of ${domain} are not.`,
        who: 'operator',
      };
    case 'no TLSA records':
      return {
        what: `This relay is configured to send mail for ${domain} only to hosts that prove their identity by DANE, and ${host} has published no TLSA records.`,
        who: 'operator',
      };
    case 'unusable TLSA records':
      return {
        what: `This relay is configured to send mail for ${domain} only to hosts that prove their identity by DANE, and no TLSA record that ${host} has published can be used for that.`,
        who: 'receiver',
      };
    case 'not in STS policy':
      return {
        what: `The operators of ${domain} have announced which mail hosts may receive its mail (MTA-STS), and the host ${host} is none of them. Perhaps the announcement is out of date, or somebody has forged the names of the mail hosts, so the message was not given to it.`,
        who: 'receiver',
      };
    case 'STS unknown':
      return {
        what: `This relay does not know at the moment how secure the connection to the mail hosts of ${domain} must be.`,
        who: 'operator',
      };
    case 'not authenticated':
      return {
        what: `The sender asked for this message to be sent only over secure connections, all the way (REQUIRETLS). Nothing tells how ${receives}, could prove its identity, so the message was not given to it.`,
      };
    case 'no REQUIRETLS':
      return {
        what: `The sender asked for this message to be sent only over secure connections, all the way (REQUIRETLS). The mail host ${host}, which receives mail for ${domain}, does not promise to pass it on like that, so the message was not given to it.`,
      };
    case 'DANE lost':
      return {
        what: `The mail hosts of ${domain} were protected by DNSSEC and DANE not long ago, and now ${host} is not. Perhaps its operators have given that up, or somebody has forged the names of the mail hosts, so the message was not given to it.`,
        who: 'receiver',
      };
    case 'memory unknown':
      return {
        what: `This relay does not know at the moment how secure the connection to the mail hosts of ${domain} must be.`,
        who: 'operator',
      };
    case 'settings':
      return {
        what: `The settings of this relay for mail to ${domain} contain a mistake, so the relay does not know how secure the connection must be.`,
        who: 'operator',
      };
    case 'resolver':
      return {
        what: 'This relay cannot verify DNS answers at the moment, so it cannot verify mail hosts either.',
        who: 'operator',
      };
  }
}

const checkDomain = 'Please check the part of the address after the @ for a typing error.';

/** RFC 3463 §3: what the digits behind the class say, the longer ones first. */
const byDetail: readonly (readonly [detail: string, what: (domain: string) => string])[] = [
  ['1.10', (domain) => `${domain} says in the DNS that it accepts no mail at all. Is this the right domain?`],
  ['1.1', (domain) => `${domain} has no mailbox of this name. Please check the address for a typing error.`],
  ['1.2', (domain) => `There is no mail host for ${domain}. ${checkDomain}`],
  ['1.3', () => 'This cannot be an address. Please check it for a typing error.'],
  ['1.6', (domain) => `The mailbox has moved away from ${domain}, and its new address is not known.`],
  ['1.7', (domain) => `The mail host of ${domain} says that the sender's address is not a valid address.`],
  ['1.8', (domain) => `The mail host of ${domain} cannot find the domain of the sender's address.`],
  ['2.1', (domain) => `The mailbox at ${domain} is disabled.`],
  [
    '2.2',
    (domain) => `The mailbox at ${domain} is full. If you can reach its owner another way, please tell them.`,
  ],
  ['2.3', (domain) => `The message is larger than this mailbox at ${domain} may receive.`],
  ['3.1', (domain) => `The mail host of ${domain} has no space left.`],
  [
    '3.4',
    (domain) =>
      `The message is larger than the mail host of ${domain} accepts. Please send it in smaller parts, or another way.`,
  ],
  [
    '3.5',
    (domain) =>
      `A mail system on the way to ${domain} is not configured correctly. The operator of that system must fix it.`,
  ],
  [
    '4.1',
    (domain) =>
      `The relay could not connect to a mail host of ${domain}. The host, or the network on the way, may be down.`,
  ],
  [
    '4.2',
    (domain) => `The connection to the mail host of ${domain} was lost, or the host stopped answering.`,
  ],
  [
    '4.3',
    (domain) =>
      `The name servers of ${domain} gave no usable answer, so the relay does not know where to send its mail.`,
  ],
  ['4.4', (domain) => `There is no mail host for ${domain}. ${checkDomain}`],
  [
    '4.6',
    (domain) =>
      `Mail for ${domain} would come back to this relay again and again: the DNS names this relay as a mail host of that domain.`,
  ],
  [
    '7.8',
    () =>
      'This relay could not log in at the host through which it sends this mail. The operator of this relay must fix it.',
  ],
  [
    '6.7',
    (domain) =>
      `The address needs a mail host that supports letters beyond the English ones, and the mail host of ${domain} does not.`,
  ],
];

/** What is refused before any host was asked is told without naming one. */
function refusedByUs(detail: string): string {
  if (detail === '1.3') return 'This cannot be an address. Please check it for a typing error.';
  return detail === '3.4'
    ? 'The message is larger than this relay accepts. Please send it in smaller parts, or another way.'
    : 'This relay does not accept the message for this address. What it says is below.';
}

function ordinary({ dsn, scope, outcome, remote, byUs }: DeliveryStatus, domain: string): string {
  const detail = dsn.slice(dsn.indexOf('.') + 1);
  if (byUs) return refusedByUs(detail);
  const known = byDetail.find(([digits]) => digits === detail)?.[1];
  if (known !== undefined) return known(domain);
  if (remote === undefined) {
    return outcome === 'bounced'
      ? `The message cannot be delivered to ${domain}.`
      : `The message cannot be delivered to ${domain} at the moment.`;
  }
  // A relayhost is no host of the domain: the host is called by its name.
  const rejects = `The mail host ${remote.host}, which receives mail for ${domain}, does not accept`;
  // RFC 3463 §3.8: X.7.X is about what its operators allow.
  if (dsn.startsWith('5.7.')) {
    return `${rejects} the message, because the rules of its operators do not allow it. Its reply is below.`;
  }
  if (outcome === 'deferred') return `${rejects} the message for the time being. Its reply is below.`;
  const what = scope === 'recipient' ? 'mail for this address' : 'the message';
  return `${rejects} ${what}. Its reply is below.`;
}
