import { domainOf, hostOf, postmasterOf } from '../mail/address.ts';
import type { KeptFailure } from '../mail/kept.ts';
import { printable } from '../mail/printable.ts';
import { certificateLines } from './attempt-text.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { ExplainView } from './view.ts';

/** What a letter needs to know. */
interface Case {
  readonly domain: string;
  readonly diagnosis: Diagnosis;
  readonly reason: string;
  readonly messages: number;
  readonly since?: number;
  readonly failure?: KeptFailure;
}

/**
 * A text for the postmaster of a destination, ready to be sent: what fails, what this relay saw, and when. Undefined if
 * nothing waits that the receiver could mend. It must go another way than through this relay, as the text says.
 */
export function letter(view: ExplainView, hostname: string): readonly string[] | undefined {
  const found = caseOf(view);
  return found === undefined ? undefined : letterLines(found, hostname).map(printable);
}

function caseOf(view: ExplainView): Case | undefined {
  if (view.kind === 'message') {
    const waiting = view.waiting.find(({ diagnosis }) => diagnosis?.whose === 'receiver');
    if (waiting?.diagnosis === undefined || waiting.last === undefined) return undefined;
    const { destination, recipients, diagnosis, last } = waiting;
    const failure = view.failures.find((one) => one.destination === destination)?.failure;
    return {
      domain: hostOf(domainOf(recipients[0] ?? '') || destination),
      diagnosis,
      reason: last.reason,
      messages: 1,
      ...(view.message !== undefined && { since: view.message.arrivedAt }),
      ...(failure !== undefined && { failure }),
    };
  }
  if (view.kind === 'unknown' || view.waiting === undefined) return undefined;
  const { reasons, oldestAt } = view.waiting;
  const worst = reasons.find(({ diagnosis }) => diagnosis?.whose === 'receiver');
  if (worst?.diagnosis === undefined) return undefined;
  return {
    domain: hostOf(view.kind === 'address' ? domainOf(view.address) : view.destination),
    diagnosis: worst.diagnosis,
    reason: worst.reason ?? '',
    messages: worst.messages,
    ...(oldestAt !== undefined && { since: oldestAt }),
    ...(view.kind === 'destination' && view.failure !== undefined && { failure: view.failure }),
  };
}

function letterLines(found: Case, hostname: string): readonly string[] {
  const { domain, diagnosis, reason, messages, since, failure } = found;
  const many = messages === 1 ? 'A message' : `${messages} messages`;
  const time = since === undefined ? '' : ` since ${new Date(since).toISOString().slice(0, 16)}Z`;
  return [
    `To: ${postmasterOf(domain)}`,
    `Subject: mail for ${domain} cannot be delivered: ${diagnosis.kind}`,
    '',
    'Dear postmaster,',
    '',
    `${many} for ${domain} ${messages === 1 ? 'waits' : 'wait'} at our mail relay ${hostname}${time}:`,
    '',
    diagnosis.cause,
    '',
    `Our log says: ${reason}`,
    ...(failure === undefined ? [] : evidenceOf(failure)),
    '',
    ...wishOf(diagnosis),
    '',
    'The mail is tried again by itself, and arrives as soon as this is mended. If it is not, it is returned to',
    'its senders after some days. This letter may not reach you through the same mail hosts.',
    '',
    `The postmaster of ${hostname}`,
  ];
}

function evidenceOf(failure: KeptFailure): readonly string[] {
  const certificates = certificateLines(failure);
  const lookups = failure.dns.filter((line) => line.includes(' IN TLSA ') || line.includes('ServFail'));
  return [
    ...(certificates.length === 0 ? [] : ['', 'What we saw:', ...certificates.map((line) => `  ${line}`)]),
    ...(lookups.length === 0
      ? []
      : ['', 'What the DNS said:', ...lookups.slice(0, 10).map((line) => `  ${line}`)]),
  ];
}

const noTls = ['Please let the host offer TLS as the TLSA records promise, or withdraw the records.'];
const noAnswer = [
  'Please look at your name servers and at the signatures of the zone (https://dnsviz.net shows them).',
];

const wishes: Partial<Record<Diagnosis['kind'], readonly string[]>> = {
  'TLSA mismatch': [
    'Please publish a TLSA record of the key that the host uses, or let it use the key that is published. If the',
    'key above is not yours, somebody else answers in your place.',
  ],
  'TLSA lookup failed': noAnswer,
  'DNS failed': noAnswer,
  'STARTTLS missing': noTls,
  'STARTTLS refused': noTls,
  'handshake failed': noTls,
  'certificate refused': noTls,
};

function wishOf({ kind }: Diagnosis): readonly string[] {
  return wishes[kind] ?? ['Please look at your mail hosts.'];
}
