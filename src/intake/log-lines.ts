import { stackOf } from '../core/error-words.ts';
import { asciiLine } from '../core/dns/ascii-line.ts';
import { beginningOf, joinLines, oneLine } from '../core/mail/printable.ts';
import type { EventName } from '../core/events/event-table.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { ClientHost, ClientIdentity, ClientTls } from '../core/intake/client-identity.ts';
import { type Origin, originText } from '../core/intake/xforward-command.ts';
import { tlsDetails, tlsFacts } from '../core/smtp/tls-summary.ts';
import type { Excess } from '../core/intake/client-limits.ts';
import type { SenderExcess } from '../core/intake/sender-limits.ts';
import { flawWords, type LineFlaw } from '../core/intake/line-flaw.ts';

type QueuedClient = Pick<ClientIdentity, 'name' | 'address' | 'user' | 'saslMethod'>;

/** A reply of 4xx or 5xx, and what it answers. */
export interface Rejection {
  /** Absent before the first recipient was accepted. */
  readonly queueId: string | undefined;
  /** Command in Postfix's words: `RCPT`, `END-OF-MESSAGE`. */
  readonly stage: string;
  readonly reply: string;
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
  /** `SMTP` or `ESMTP`; absent before HELO. */
  readonly protocol?: string | undefined;
  readonly helo?: string | undefined;
}

export function connected(client: ClientHost): LogEvent {
  return smtpd('client connected', `connect from ${show(client)}`, client);
}

/**
 * @param client with the name that it has logged in with, and how
 * @param origin where the client says that it has the message from
 */
export function queued(queueId: string, client: QueuedClient, origin?: Origin): LogEvent {
  const { user, saslMethod } = client;
  const how = saslMethod === undefined ? '' : `, sasl_method=${saslMethod}`;
  const login = user === undefined ? '' : `${how}, sasl_username=${shownUser(user)}`;
  const { ident: origQueueId, hasClient } = origin ?? {};
  const fields = {
    queueId,
    ...(user !== undefined && { saslMethod, user }),
    ...(origQueueId !== undefined && { origQueueId }),
    ...(hasClient === true && { origClientName: origin?.name, origClientAddress: origin?.address }),
  };
  return smtpd('queued', `${queueId}: client=${show(client)}${login}${originText(origin)}`, client, fields);
}

/** A peer speaks for somebody else from now on. */
export function xclientTaken(peer: ClientHost, client: ClientIdentity): LogEvent {
  const login = client.user === undefined ? '' : `, sasl_username=${client.user}`;
  const text = `XCLIENT from ${show(peer)}: client=${show(client)}${login}`;
  return smtpd('client replaced', text, client, { peerAddress: peer.address, user: client.user });
}

/** A connection does not begin as it has to where a balancer is in front. @param why what came, or did not come */
export function proxyTrouble(peer: ClientHost, why: string): LogEvent {
  const event = smtpd('proxy trouble', `PROXY protocol: ${why} from ${show(peer)}`, peer, { reason: why });
  return { ...event, severity: 'warning' };
}

/** Somebody is not who it wants to be. fail2ban reads this line. @param user as the client said it */
export function loginRefused(
  client: ClientHost,
  { mechanism, reason, user }: { readonly mechanism: string; readonly reason: string; readonly user: string },
): LogEvent {
  const shown = shownUser(user);
  const text = `${show(client)}: SASL ${mechanism} authentication failed: ${reason}, sasl_username=${shown}`;
  return { ...smtpd('login refused', text, client, { mechanism, reason, user: shown }), severity: 'warning' };
}

/** Whether a client may log in cannot be told, and the trouble is ours: fail2ban is not to read this. */
export function loginImpossible(client: ClientHost, mechanism: string, reason: string): LogEvent {
  const text = `${show(client)}: SASL ${mechanism} login is not possible now: ${reason}`;
  return { ...smtpd('login impossible', text, client, { mechanism, reason }), severity: 'warning' };
}

/** A message from the maildrop. @param uid of the user whose it is */
export function pickedUp(queueId: string, uid: number, sender: string): LogEvent {
  return {
    component: 'pickup',
    severity: 'info',
    event: 'picked up',
    text: `${queueId}: uid=${uid} from=<${sender}>`,
    fields: { queueId, uid, sender },
  };
}

export function messageId(queueId: string, id: string): LogEvent {
  const fields = { queueId, messageId: id };
  return {
    component: 'cleanup',
    severity: 'info',
    event: 'message-id',
    text: `${queueId}: message-id=${id || '<>'}`,
    fields,
  };
}

export function rejected(client: ClientHost, rejection: Rejection): LogEvent {
  const { queueId, stage, reply, sender, recipient, protocol, helo } = rejection;
  const facts = [
    sender === undefined ? '' : `from=<${sender}>`,
    recipient === undefined ? '' : `to=<${recipient}>`,
    protocol === undefined ? '' : `proto=${protocol}`,
    helo === undefined ? '' : `helo=<${helo}>`,
  ].filter((fact) => fact !== '');
  const line = `${queueId ?? 'NOQUEUE'}: reject: ${stage} from ${show(client)}: ${reply}; ${facts.join(' ')}`;
  return smtpd('rejected', line.replace(/; $/, ''), client, { ...rejection });
}

/** Envelopes and contents of clients take all the memory that there is for them. */
export function memoryUsedUp(limitBytes: number): LogEvent {
  const size = Math.floor(limitBytes / 1024 ** 2);
  return {
    component: 'smtpd',
    severity: 'warning',
    event: 'memory limit',
    text: `what clients have open takes ${size} MiB: further recipients and content are refused for the moment (intake.memory_limit)`,
    fields: { of: 'clients', limitBytes },
  };
}

/** A client exceeds a limit, in the words of anvil(8). */
export function excess(client: ClientHost, { of, count }: Excess): LogEvent {
  const limits: Record<Excess['of'], string> = {
    connections: 'Connection concurrency limit',
    'connection rate': 'Connection rate limit',
    'message rate': 'Message delivery request rate limit',
    'recipient rate': 'Recipient address rate limit',
    'auth rate': 'AUTH command rate limit',
  };
  const text = `${limits[of]} exceeded: ${count} from ${show(client)} for service smtpd`;
  return { ...smtpd('client limit', text, client, { of, count }), severity: 'warning' };
}

/** A user, or a sender domain, exceeds a limit. */
export function senderExcess(client: ClientHost, { of, what, name, count }: SenderExcess): LogEvent {
  const limit = what === 'messages' ? 'Message rate limit' : 'Recipient rate limit';
  const text = `${limit} of ${of} ${name} exceeded: ${count} from ${show(client)} for service smtpd`;
  return { ...smtpd('sender limit', text, client, { of, what, name, count }), severity: 'warning' };
}

/** A client did not wait for a reply that it had to wait for. */
export function outOfTurn(client: ClientHost, verb: string): LogEvent {
  return smtpd(
    'client out of turn',
    `improper command pipelining after ${verb} from ${show(client)}`,
    client,
    {
      stage: verb,
    },
  );
}

/** A client has begun TLS. The words are those of Postfix: no certificate of a client is verified by an authority. */
export function tlsEstablished(client: ClientHost, tls: ClientTls): LogEvent {
  const word = tls.certificateFingerprint === undefined ? 'Anonymous' : 'Untrusted';
  const text = `${word} TLS connection established from ${show(client)}: ${tlsDetails(tlsFacts(tls))}`;
  return smtpd('client TLS', text, client, { ...tls });
}

/** There is no TLS with a client. @param reason of the library */
export function tlsFailed(client: ClientHost, reason: string): LogEvent {
  const why = asciiLine(reason.trim(), 200);
  return smtpd('client TLS failed', `SSL_accept error from ${show(client)}: ${why}`, client, { reason: why });
}

/** A client sent something that is not SMTP. @param said what, in whatever octets */
export function foreign(client: ClientHost, said: string): LogEvent {
  const shown = asciiLine(said, 100);
  const event = smtpd('client foreign', `non-SMTP command from ${show(client)}: ${shown}`, client, {
    said: shown,
  });
  return { ...event, severity: 'warning' };
}

/** @param stage last command; `DATA (123 bytes)` within a message */
export function lost(client: ClientHost, stage: string): LogEvent {
  return smtpd('client lost', `lost connection after ${stage} from ${show(client)}`, client, { stage });
}

/** @param stage as for lost() */
export function timedOut(client: ClientHost, stage: string): LogEvent {
  return smtpd('client timeout', `timeout after ${stage} from ${show(client)}`, client, { stage });
}

/**
 * @param counts from CommandCounts
 * @param flaws what was read in spite of them, shown as Postfix shows the first
 */
export function disconnected(
  client: ClientHost,
  counts: string,
  flaws: ReadonlySet<LineFlaw> = new Set(),
): LogEvent {
  const notes = noted.filter((flaw) => flaws.has(flaw)).map((flaw) => flawWords[flaw]);
  const shown = notes.length === 0 ? '' : ` notes=${notes.join(',')}`;
  const fields = { counts, ...(notes.length > 0 && { notes }) };
  return smtpd('client disconnected', `disconnect from ${show(client)} ${counts}${shown}`, client, fields);
}

/** The order in which they are shown. */
const noted: readonly LineFlaw[] = ['bare LF', 'bare CR', 'NUL'];

/** The store took no message. */
export function storeTrouble(queueId: string, error: Error): LogEvent {
  const text = `${queueId}: queue file write error: ${joinLines(error.message, ' | ')}`;
  return {
    component: 'smtpd',
    severity: 'warning',
    event: 'store trouble',
    text,
    fields: { queueId, reason: error.message },
  };
}

/** `TLS-Required` says what it cannot say, or twice (RFC 8689 §3). */
export function tlsRequiredIgnored(queueId: string, why: 'twice' | 'unknown value'): LogEvent {
  const text = `${queueId}: TLS-Required in the header is ignored: ${why}`;
  return {
    component: 'cleanup',
    severity: 'warning',
    event: 'TLS-Required ignored',
    text,
    fields: { queueId, reason: why },
  };
}

/** A bug of ours, with its stack. @param queueId absent if it concerns no message */
export function bug(queueId: string | undefined, error: unknown): LogEvent {
  const reason = stackOf(error);
  const text = `${queueId ?? 'NOQUEUE'}: ${joinLines(reason, ' | ')}`;
  return { component: 'smtpd', severity: 'error', event: 'bug', text, fields: { queueId, reason } };
}

function smtpd(
  event: EventName,
  text: string,
  client: ClientHost,
  more: Readonly<Record<string, unknown>> = {},
): LogEvent {
  return {
    component: 'smtpd',
    severity: 'info',
    event,
    text,
    fields: { ...more, clientName: client.name, clientAddress: client.address },
  };
}

/** Characters of a name that somebody wants to log in with. */
const longestUser = 100;

function shownUser(user: string): string {
  return beginningOf(oneLine(user), longestUser);
}

function show(client: ClientHost): string {
  return `${client.name}[${client.address}]`;
}
