import { ownerOf, rdataText } from '../dane/record-text.ts';
import type { Answer, Lookup } from '../dns/answer.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { lookupTlsa } from '../tls-policy/tlsa-lookup.ts';

/** The TLSA records of a mail host, as a delivery finds them. */
export type Published = {
  /** A and AAAA; empty if there are none, or if they could not be looked up. */
  readonly addresses: readonly string[];
  /** Where records belong: below the name of the host, or below the one that its alias leads to (RFC 7672 §2.2.3). */
  readonly owner: string;
  /** The host whose name a certificate has to show under usage 2. */
  readonly baseDomain: string;
} & (
  | {
      readonly kind: 'records';
      readonly records: readonly TlsaRecord[];
      /** Without it they have no effect. */
      readonly signed: boolean;
      /** Seconds for which senders may keep them. */
      readonly ttl: number;
    }
  | {
      readonly kind: 'none';
      /** The host is in a signed zone, so that records would have an effect. */
      readonly signed: boolean;
      /** Seconds for which senders may go on believing that there are none. */
      readonly ttl: number;
    }
  /** Whether there are any is not known. */
  | { readonly kind: 'failed'; readonly detail: string }
);

/**
 * Looks up addresses and TLSA records (RFC 7672 §2.2.2). Records that a delivery would not even ask for, because the zone
 * is not signed, are found as well.
 */
export async function findPublished(
  host: string,
  port: number,
  lookup: Lookup,
  signal?: AbortSignal,
): Promise<Published> {
  const [four, six] = await Promise.all([lookup(host, 'A', signal), lookup(host, 'AAAA', signal)]);
  const addresses = [four, six].flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  const at = (baseDomain: string) => ({ addresses, baseDomain, owner: ownerOf(baseDomain, port) });
  const address =
    [four, six].find(({ kind }) => kind === 'found') ?? [four, six].find(({ kind }) => kind === 'absent');
  if (address === undefined || address.kind === 'failed') {
    return { ...at(host), kind: 'failed', detail: failureOf(host, 'A', four) ?? 'no answer' };
  }
  const answers = new Map<string, Answer<TlsaRecord>>();
  const finding = await lookupTlsa({ host, port, address }, noting(lookup, answers), signal);
  if (finding.kind === 'failed') {
    return { ...at(host), kind: 'failed', detail: `${finding.name} ${finding.type}: ${finding.detail}` };
  }
  const baseDomain = finding.kind === 'records' ? finding.baseDomain : address.secure ? address.name : host;
  const { owner } = at(baseDomain);
  const answer = answers.get(owner) ?? (await lookup(owner, 'TLSA', signal));
  if (answer.kind === 'failed')
    return { ...at(baseDomain), kind: 'failed', detail: failureOf(owner, 'TLSA', answer) ?? '' };
  if (answer.kind === 'absent') {
    return { ...at(baseDomain), kind: 'none', signed: address.secure && answer.secure, ttl: answer.ttl };
  }
  const { ttl, originalTtl = ttl } = answer;
  // Servers turn the order round with each answer.
  const records = inOrder(answer.records);
  const signed = finding.kind === 'records';
  return { ...at(baseDomain), kind: 'records', records, signed, ttl: Math.max(originalTtl, ttl) };
}

function inOrder(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  const texts = new Map(records.map((record) => [record, rdataText(record)]));
  return records.toSorted((one, other) => (texts.get(one) ?? '').localeCompare(texts.get(other) ?? ''));
}

/** Keeps the answers about TLSA records, which say more than the finding. */
function noting(lookup: Lookup, answers: Map<string, Answer<TlsaRecord>>): Lookup {
  return async (name, type, signal) => {
    const answer = await lookup(name, type, signal);
    if (type === 'TLSA') answers.set(name, answer as Answer<TlsaRecord>);
    return answer;
  };
}

function failureOf(name: string, type: string, answer: Answer<unknown>): string | undefined {
  return answer.kind === 'failed' ? `${name} ${type}: ${answer.detail}` : undefined;
}
