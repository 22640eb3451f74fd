import { domainOf } from '../mail/address.ts';
import type { DeliveryStatus, TlsFault } from '../mail/status.ts';
import { isDane } from '../levels/levels.ts';

/** What went wrong, for somebody who has never heard of SMTP. */
export interface Explanation {
  readonly what: string;
  /** Who can mend it; absent where that is said in `what`, or where nobody need do anything. */
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

const foreign = 'The certificate that is shown there does not come from where they have announced.';
const certificateFaults: Readonly<Record<Mismatch, string>> = {
  'no certificate': 'The host shows no certificate at all.',
  'no matching record':
    'The certificate that is shown there is none of those they have announced: perhaps it was renewed and the records were not.',
  'self-signed': foreign,
  'untrusted issuer': foreign,
  'name mismatch': 'The certificate that is shown there was made out for another name.',
  expired: 'The certificate that is shown there has expired.',
  'not yet valid': 'The certificate that is shown there is not valid yet.',
  'bad signature': 'A signature on the certificates that are shown there is wrong.',
  'invalid CA': 'The certificate that is shown there was issued by somebody who may not issue any.',
  'path too long': 'The certificate that is shown there was issued by somebody who may not issue any.',
  purpose: 'The certificate that is shown there was not made for a server.',
  'name constraint':
    'The certificate that is shown there was issued by somebody who may not issue it for this name.',
  'critical extension': 'The certificate that is shown there has conditions that this relay does not know.',
  'malformed certificate': 'The certificate that is shown there cannot be read.',
  'weak key or digest': 'The certificate that is shown there can be forged, so weak is its cryptography.',
  'too much work': 'The certificates that are shown there are too many and too involved to be checked.',
};

function tlsTrouble(fault: TlsFault, domain: string): Explanation {
  const { host, level } = fault;
  const published = level !== undefined && isDane(level);
  const takes = `the mail host ${host}, which takes mail for ${domain}`;
  const promise = published
    ? `The operators of ${takes}, have announced in the DNS that it speaks encrypted only, and how it proves who it is (DANE, TLSA records).`
    : `This relay is told to send mail for ${domain} over a secure connection only, to ${host}.`;
  const impostor =
    'So this may be another machine that answers in its place, and the message was not given to it.';
  const who = published ? 'receiver' : 'operator';
  switch (fault.kind) {
    case 'certificate': {
      const wrong = published
        ? certificateFaults[fault.mismatch ?? 'no matching record']
        : 'It could not prove who it is.';
      return { what: `${promise} ${wrong} ${impostor}`, who };
    }
    case 'not offered':
      return {
        what: `${promise} But it does not offer encryption (STARTTLS), or somebody on the way hides that it does. The message was not sent in clear.`,
        who,
      };
    case 'refused':
      return {
        what: `${promise} But it refuses to begin with encryption (STARTTLS) when asked. The message was not sent in clear.`,
        who,
      };
    case 'handshake':
      return {
        what: `An encrypted connection with ${takes}, could not be made, and the message was not sent in clear.`,
        who: 'receiver',
      };
    case 'TLSA lookup':
      return {
        what: `Whether ${takes}, must prove who it is (DANE, TLSA records) could not be found out: the name servers of that host do not answer the question, or their answer has a wrong signature. Without knowing, the message might go to somebody else, so it waits.`,
        who: 'receiver',
      };
    case 'unsigned':
      return {
        what: `This relay is told to send mail for ${domain} only if its mail hosts are protected by DNSSEC and DANE, and they are not.`,
        who: 'operator',
      };
    case 'no TLSA records':
      return {
        what: `This relay is told to send mail for ${domain} only to hosts that prove who they are by DANE, and ${host} has published no TLSA records.`,
        who: 'operator',
      };
    case 'unusable TLSA records':
      return {
        what: `This relay is told to send mail for ${domain} only to hosts that prove who they are by DANE, and no TLSA record that ${host} has published can be used for that.`,
        who: 'receiver',
      };
    case 'settings':
      return {
        what: `This relay has a mistake in its settings for mail to ${domain}, so it does not know how well the connection must be secured.`,
        who: 'operator',
      };
    case 'resolver':
      return {
        what: 'This relay cannot verify the DNS at the moment, and so not the mail hosts either.',
        who: 'operator',
      };
  }
}

/** RFC 3463 §3: what the digits behind the class say, the longer ones first. */
const byDetail: readonly (readonly [detail: string, what: (domain: string) => string])[] = [
  ['1.10', (domain) => `${domain} says in the DNS that it takes no mail at all. Is that the right domain?`],
  [
    '1.1',
    (domain) => `At ${domain} there is no mailbox of this name. Please look for a slip in the address.`,
  ],
  [
    '1.2',
    (domain) =>
      `There is no mail host for ${domain}. Please look for a slip in the part of the address after the @.`,
  ],
  ['1.3', () => 'This cannot be an address. Please look for a slip in it.'],
  ['1.6', (domain) => `The mailbox has moved away from ${domain}, and no new address is known.`],
  ['1.7', (domain) => `The host of ${domain} does not take the sender's address for one.`],
  ['1.8', (domain) => `The host of ${domain} finds no such domain as that of the sender.`],
  ['2.1', (domain) => `The mailbox at ${domain} is switched off.`],
  [
    '2.2',
    (domain) => `The mailbox at ${domain} is full. Its owner, if you can reach them otherwise, should know.`,
  ],
  ['2.3', (domain) => `The message is larger than this mailbox at ${domain} may receive.`],
  ['3.1', (domain) => `The mail host of ${domain} has no room left.`],
  [
    '3.4',
    (domain) =>
      `The message is larger than the mail host of ${domain} takes. Please send it in smaller parts, or another way.`,
  ],
  ['3.5', () => 'The relay this one sends through is not set up properly; its operator must see to it.'],
  [
    '4.1',
    (domain) =>
      `No connection could be made with a mail host of ${domain}: it may be switched off, or the network on the way.`,
  ],
  ['4.2', (domain) => `The connection with the mail host of ${domain} broke off, or nothing more was heard.`],
  [
    '4.3',
    (domain) =>
      `The name servers in charge of ${domain} gave no answer that could be used, so where its mail goes is not known.`,
  ],
  [
    '4.4',
    (domain) =>
      `There is no mail host for ${domain}. Please look for a slip in the part of the address after the @.`,
  ],
  [
    '4.6',
    (domain) =>
      `Mail for ${domain} would come back to this relay, again and again: the DNS names it as a mail host of that domain.`,
  ],
  [
    '7.8',
    () =>
      'This relay could not log in at the host that it sends this mail through; its operator must see to it.',
  ],
  [
    '6.7',
    (domain) =>
      `The address needs a mail host that knows letters beyond the English ones, and that of ${domain} does not.`,
  ],
];

function ordinary({ dsn, scope, outcome, remote }: DeliveryStatus, domain: string): string {
  const detail = dsn.slice(dsn.indexOf('.') + 1);
  const known = byDetail.find(([digits]) => digits === detail)?.[1];
  if (known !== undefined) return known(domain);
  if (remote === undefined) {
    return outcome === 'bounced'
      ? `The message cannot be brought to ${domain}.`
      : `At the moment the message cannot be brought to ${domain}.`;
  }
  // A relayhost is no host of the domain: the host is called by its name.
  const takes = `The mail host ${remote.host}, which takes mail for ${domain}, does not accept`;
  // RFC 3463 §3.8: X.7.X is about what its operators allow.
  if (dsn.startsWith('5.7.')) {
    return `${takes} the message, by the rules of its operators. What it says about that is below.`;
  }
  if (outcome === 'deferred')
    return `${takes} the message for the time being. What it says about that is below.`;
  const what = scope === 'recipient' ? 'mail for this address' : 'the message';
  return `${takes} ${what}. What it says about that is below.`;
}
