import { hostOf, postmasterOf } from '../mail/address.ts';
import { printable } from '../mail/printable.ts';
import type { HealthFinding, LossFinding } from './health.ts';

/** Of a destination with very many hosts. */
const most = 20;

type NoteFinding = Pick<HealthFinding, 'kind' | 'severity' | 'text'> | LossFinding;

/** A text for the postmaster of a destination, ready to be sent; undefined if there is nothing to say. */
export function healthNote(
  destination: string,
  findings: readonly NoteFinding[],
  { hostname, at }: { readonly hostname: string; readonly at: number },
): readonly string[] | undefined {
  const [worst] = findings;
  const domain = hostOf(destination);
  if (worst === undefined) return undefined;
  const kinds = new Set(findings.map(({ kind }) => kind));
  const lines = [
    `To: ${postmasterOf(domain)}`,
    `Subject: ${worst.severity === 'problem' ? 'mail hosts' : 'mail hosts, before it matters'}: ${domain}`,
    '',
    'Dear postmaster,',
    '',
    `our mail relay ${hostname} delivers mail to ${domain} and verifies its hosts by DANE (RFC 7672).`,
    `This is what it found on ${new Date(at).toISOString().slice(0, 16)}Z:`,
    '',
    ...findings.slice(0, most).map(({ text }) => `- ${text}`),
    ...(findings.length > most ? [`- and ${findings.length - most} more`] : []),
    '',
    ...[...kinds].flatMap((kind) => wishes[kind]),
    '',
    `The postmaster of ${hostname}`,
  ];
  return lines.map(printable);
}

const wishes: Readonly<Record<NoteFinding['kind'], readonly string[]>> = {
  mismatch: [
    'Please publish a TLSA record of the key that the host uses, or let it use the key that is published. Until then',
    'senders that verify do not deliver there. If the key is not yours, somebody else answers in your place.',
  ],
  TLS: [
    'Please see to it that the host offers STARTTLS and completes TLS with a current version. As long as TLSA records are',
    'published for it, senders that verify do not deliver there without.',
  ],
  expires: ['Please renew the certificate in time: under usage 2 senders refuse one that has expired.'],
  'no next record': [
    'Before the next key is used, please publish its record beside the one of today, and wait until that has left the',
    'caches (RFC 7671, section 8.1). Renewals that keep the key need nothing.',
  ],
  'DANE lost': [
    'Please look at the DS records in the zone above yours, and at your signatures (https://dnsviz.net shows them). If they',
    'have gone without your knowledge, your mail may go to somebody else. If you have switched DNSSEC off, please tell us:',
    'a sender that remembers may keep mail for you.',
  ],
  'not in STS policy': [
    'Please add the host to the policy file of MTA-STS, and change the id of its TXT record: senders that know only',
    'MTA-STS do not deliver to a host that is not listed.',
  ],
  'fails STS policy': [
    'Please give the host a certificate of a public authority with its name, or do not list it in the policy file of',
    'MTA-STS: senders that know only MTA-STS do not deliver there. The record of its key has to change with the key only.',
  ],
};
