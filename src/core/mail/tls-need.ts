import type { Message } from './message.ts';
import type { TlsFault, Trouble } from './status.ts';

/** What a message asks of TLS, beside what the operator demands (RFC 8689). */
export type TlsNeed =
  | 'usual'
  /** REQUIRETLS: only hosts that are authenticated and offer it. */
  | 'required'
  /** `TLS-Required: No`: what the domain of a recipient demands does not count. */
  | 'optional'
  /** A report about TLS: what the domain demands does not keep it from the hosts of the domain (RFC 8460 §3). */
  | 'relaxed';

/**
 * A report about a message that requires TLS goes to any host, but with less in it where TLS is not sure: that nobody hears of
 * a failure would be worse (RFC 8689 §5). The same holds for a report that another host has written.
 */
export function tlsNeedOf({
  envelope,
  redactable,
  tlsOptional,
  tlsReport,
}: Pick<Message, 'envelope' | 'redactable' | 'tlsOptional' | 'tlsReport'>): TlsNeed {
  if (tlsReport) return 'relaxed';
  if (envelope.requireTls) return envelope.sender === '' || redactable !== undefined ? 'usual' : 'required';
  return tlsOptional ? 'optional' : 'usual';
}

/** What a message says of TLS, for log and metrics: REQUIRETLS, or `TLS-Required: No`. */
export const tlsAskedWords = ['required', 'optional'] as const;
export type TlsAsked = (typeof tlsAskedWords)[number];

/** Undefined for most messages. */
export function tlsAskedBy({
  envelope: { requireTls },
  tlsOptional,
}: Pick<Message, 'envelope' | 'tlsOptional'>): TlsAsked | undefined {
  if (requireTls) return 'required';
  return tlsOptional ? 'optional' : undefined;
}

/** Whether a session can carry mail that requires TLS, or what it lacks, in the words of Postfix. */
export type RequireTlsFit = 'requiretls' | 'nostarttls' | 'nocertmatch' | 'none';

/**
 * Faults of which the sender is told at once (RFC 8689 §4.2.1). Where a host was to be authenticated and was not, the mail waits
 * as any other: somebody in between, who hides STARTTLS or shows a certificate of his own, decides about no bounce.
 */
const final: ReadonlySet<TlsFault['kind']> = new Set([
  'no REQUIRETLS',
  'not authenticated',
  'no TLSA records',
  'unusable TLSA records',
  'unsigned',
]);

/** Whether nothing about a host makes it one for mail that requires TLS. */
export function isUnfit({ tlsFault }: Trouble): boolean {
  return tlsFault !== undefined && final.has(tlsFault.kind);
}

/** What kept mail that requires TLS from the last host, once all hosts were judged unfit: the end of it. */
export function notDeliverable(status: Trouble): Trouble {
  const dsn = status.tlsFault?.kind === 'no REQUIRETLS' ? '5.7.30' : '5.7.10';
  return { ...status, outcome: 'bounced', dsn };
}
