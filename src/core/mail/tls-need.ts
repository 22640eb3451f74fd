import type { Message } from './message.ts';
import type { TlsFault, Trouble } from './status.ts';

/** What a message asks of TLS, beside what the operator demands (RFC 8689). */
export type TlsNeed =
  | 'usual'
  /** REQUIRETLS: only hosts that are authenticated and offer it. */
  | 'required'
  /** `TLS-Required: No`: what the domain of a recipient demands does not count. */
  | 'optional';

/**
 * A report about a message that requires TLS goes to any host, but with less in it where TLS is not sure: that nobody hears of
 * a failure would be worse (RFC 8689 §5). The same holds for a report that another host has written.
 */
export function tlsNeedOf({
  envelope,
  redactable,
  tlsOptional,
}: Pick<Message, 'envelope' | 'redactable' | 'tlsOptional'>): TlsNeed {
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

/** Faults that no other attempt is going to mend soon: the sender is told at once (RFC 8689 §4.2.1). */
const final: ReadonlySet<TlsFault['kind']> = new Set([
  'no REQUIRETLS',
  'not authenticated',
  'certificate',
  'not offered',
  'no TLSA records',
  'unusable TLSA records',
  'unsigned',
  'not in STS policy',
]);

/** Whether a host was judged, and is not one for mail that requires TLS. */
export function isUnfit({ tlsFault, remote }: Trouble): boolean {
  if (tlsFault === undefined) return false;
  return final.has(tlsFault.kind) || (tlsFault.kind === 'refused' && remote?.reply.startsWith('5') === true);
}

/** What kept mail that requires TLS from the last host, once all hosts were judged unfit: the end of it. */
export function notDeliverable(status: Trouble): Trouble {
  const dsn = status.tlsFault?.kind === 'no REQUIRETLS' ? '5.7.30' : '5.7.10';
  return { ...status, outcome: 'bounced', dsn };
}
