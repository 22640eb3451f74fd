import type { Attempt } from '../core/delivery/attempt.ts';
import type { DeliveryEvidence, TriedHost } from '../core/delivery/evidence.ts';
import { answerLines, recordText } from '../core/dns/answer-lines.ts';
import type { LookupTrail } from '../core/dns/lookup-trail.ts';
import type { KeptAttempt, KeptCertificate, KeptFailure, KeptHost } from '../core/mail/kept.ts';
import { tlsAskedBy } from '../core/mail/tls-need.ts';
import type { Concluded } from './concluded.ts';
import type { Writable } from '../core/writable.ts';
import { keptResults } from './kept-results.ts';
import { statesOf } from './states.ts';

/** Hosts of one attempt that are told of. */
const MOST_HOSTS = 8;
/** Characters of what a host or a client chose. */
const LONGEST_REASON = 200;
const LONGEST_NAME = 200;
/** Characters of all answers of the DNS, and of one line of them. */
const DNS_CHARACTERS = 10_000;
const LONGEST_ANSWER = 300;
/** TLSA records that are shown beside a certificate. */
const MOST_PUBLISHED = 8;

/** Where the sessions are found that failed: a line for each thing that was said. */
export type SessionOf = (queueId: string, destination: string) => readonly string[] | undefined;

/** What is kept of an attempt, for the operator. */
export function keptOf(
  concluded: Concluded,
  sessionOf: SessionOf,
): { readonly attempt: KeptAttempt; readonly failure?: KeptFailure } {
  const { message, destination, attempts, settlement, count, at } = concluded;
  const { queueId, envelope, arrivedAt, size, messageId, client } = message;
  const results = keptResults(attempts, statesOf(settlement));
  const evidence = evidenceOf(attempts);
  const hosts = evidence?.hosts.flatMap(keptHost) ?? [];
  const known = evidence?.hosts.at(-1)?.known;
  // Asked in any case: what was kept of an earlier host is not kept longer.
  const session = sessionOf(queueId, destination);
  const isFailure = evidence !== undefined && results.some(({ state }) => state !== 'delivered');
  const attempt: Writable<KeptAttempt> = {
    at,
    queueId,
    destination,
    count,
    sender: envelope.sender,
    arrivedAt,
    size,
    messageId: messageId.slice(0, LONGEST_NAME),
    results,
  };
  if (client !== undefined) attempt.client = `${client.name.slice(0, LONGEST_NAME)}[${client.address}]`;
  const tlsAsked = tlsAskedBy(message);
  if (tlsAsked !== undefined) attempt.tlsAsked = tlsAsked;
  if (hosts.length > 0) attempt.hosts = hosts.slice(0, MOST_HOSTS);
  if (hosts.length > MOST_HOSTS) attempt.hostsLeftOut = hosts.length - MOST_HOSTS;
  if (known !== undefined) {
    attempt.policy = known.policy;
    attempt.dns = known.dns.slice(0, LONGEST_ANSWER);
  }
  if (settlement.retry !== undefined) attempt.nextAt = settlement.retry.at;
  return isFailure ? { attempt, failure: failureOf(evidence, at, session) } : { attempt };
}

/** Attempts of one delivery have the same; recipients in doubt have none. */
function evidenceOf(attempts: readonly Attempt[]): DeliveryEvidence | undefined {
  return attempts.find(({ evidence }) => evidence !== undefined)?.evidence;
}

function keptHost({ relay, at, step, status }: TriedHost): readonly KeptHost[] {
  if (status === undefined) return [];
  return [{ at, host: relay, step, dsn: status.dsn, reason: status.reason.slice(0, LONGEST_REASON) }];
}

function failureOf(
  { hosts, trail }: DeliveryEvidence,
  at: number,
  session: readonly string[] | undefined,
): KeptFailure {
  return {
    at,
    ...dnsOf(trail?.()),
    certificates: hosts.flatMap(keptCertificate).slice(0, MOST_HOSTS),
    ...(session !== undefined && { session }),
  };
}

function keptCertificate({ relay, refused }: TriedHost): readonly KeptCertificate[] {
  if (refused === undefined) return [];
  const published = refused.published
    .slice(0, MOST_PUBLISHED)
    .map((record) => recordText(record, 'TLSA', record.data.length > 64));
  return [{ host: relay, published, ...refused.shown }];
}

function dnsOf(trail: LookupTrail | undefined): Pick<KeptFailure, 'dns' | 'dnsLeftOut'> {
  if (trail === undefined) return { dns: [] };
  const all = trail.lookups.flatMap((lookup) => answerLines(lookup));
  const dns: string[] = [];
  let left = DNS_CHARACTERS;
  for (const line of all) {
    left -= Math.min(line.length, LONGEST_ANSWER);
    if (left < 0) break;
    dns.push(line.slice(0, LONGEST_ANSWER));
  }
  const dnsLeftOut = all.length - dns.length + trail.leftOut;
  return { dns, ...(dnsLeftOut > 0 && { dnsLeftOut }) };
}
