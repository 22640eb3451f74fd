import { beginningOf } from '../mail/printable.ts';
import type { DeliveryStatus, Scope, Trouble } from '../mail/status.ts';
import {
  isIntermediate,
  isPermanent,
  isPositive,
  isTransient,
  replyLogText,
  replyText,
  type Garbage,
  type Reply,
} from './reply.ts';

/** The stage of the dialogue at which something happened. */
export type Stage =
  | 'greeting'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'content'
  | 'end of content'
  | 'RSET';

/** Why there is no reply (any more). */
export type WireTrouble =
  | {
      readonly kind: 'lost';
      /** What this machine ran out of, if that is the reason. */
      readonly shortage?: string;
    }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' }
  | Garbage;

/** The server of a session, as log lines name it. */
export interface Peer {
  /** MX name as listed. */
  readonly host: string;
  /** IPv4 or IPv6 address, no brackets. */
  readonly address: string;
  readonly port: number;
}

/** `mx.example[192.0.2.1]` */
export function peerName({ host, address }: Peer): string {
  return `${host}[${address}]`;
}

/** `mx.example[192.0.2.1]:25` */
export function relayName(peer: Peer): string {
  return `${peerName(peer)}:${peer.port}`;
}

const doing: Readonly<Record<Stage, string>> = {
  greeting: 'receiving the initial server greeting',
  EHLO: 'performing the EHLO handshake',
  HELO: 'performing the HELO handshake',
  STARTTLS: 'receiving the STARTTLS response',
  MAIL: 'sending MAIL FROM',
  RCPT: 'sending RCPT TO',
  DATA: 'sending DATA command',
  content: 'sending message body',
  'end of content': 'sending end of data -- message may be sent more than once',
  RSET: 'sending final RSET',
};

/** Stages at which a reply decides about mail, how the reason names the command, and how far the reply reaches. */
const commands = {
  MAIL: { name: 'MAIL FROM command', scope: 'message' },
  RCPT: { name: 'RCPT TO command', scope: 'recipient' },
  DATA: { name: 'DATA command', scope: 'message' },
  content: { name: 'end of DATA command', scope: 'message' },
  'end of content': { name: 'end of DATA command', scope: 'message' },
} as const satisfies Partial<Record<Stage, { readonly name: string; readonly scope: Scope }>>;

/** A stage of the mail transaction, RFC 5321 §3.3. */
export type MailStage = keyof typeof commands;

/** Characters of a reply that a reason quotes. */
const quotedCharacters = 2000;
/** And those that are kept for a report (RFC 3464 §2.3.6). Each recipient may have a reply of its own, of 64 KB. */
export const reportedCharacters = 1024;

/** The end of data was acknowledged: the server has the message for every recipient it accepted (RFC 5321 §4.2.5). */
export function sent(reply: Reply, peer: Peer): DeliveryStatus {
  return {
    outcome: 'sent',
    dsn: reply.enhanced ?? '2.0.0',
    reason: quoted(reply),
    scope: 'message',
    relay: relayName(peer),
    remote: remoteOf(reply, peer),
  };
}

/** A refusal within the mail transaction, 4yz or 5yz. */
export function refused(stage: MailStage, reply: Reply, peer: Peer): Trouble {
  const softened = stage === 'RCPT' && means452(reply);
  return {
    outcome: isTransient(reply) || softened ? 'deferred' : 'bounced',
    dsn: softened ? softDsnOf(reply, '4.0.0') : dsnOf(reply),
    reason: saidTo(stage, reply, peer),
    scope: commands[stage].scope,
    ...decidedBy(reply, peer),
  };
}

/** Whether a reply can be the answer to what was said at this stage (RFC 5321 §4.3.2). Any may refuse; only DATA is answered 3yz. */
export function canAnswer(stage: MailStage, reply: Reply): boolean {
  if (isTransient(reply) || isPermanent(reply)) return true;
  return stage === 'DATA' ? isIntermediate(reply) : stage !== 'content' && isPositive(reply);
}

/**
 * A reply that cannot answer the command: the two sides disagree about the state of the dialogue, and nobody knows what
 * the earlier replies meant. That is a failure of the host and says nothing about the mail; Postfix returns it.
 */
export function outOfStep(stage: MailStage, reply: Reply, peer: Peer): Trouble {
  return {
    ...hostDeferral('4.5.0', `Protocol error: ${saidTo(stage, reply, peer)}`, peer),
    ...decidedBy(reply, peer),
    // The host has the final dot, and has not said what it did with the message.
    ...(stage === 'end of content' && { ambiguous: true }),
  };
}

function saidTo(stage: MailStage, reply: Reply, peer: Peer): string {
  return `host ${peerName(peer)} said: ${quoted(reply)} (in reply to ${commands[stage].name})`;
}

/** RFC 5321 §4.5.3.1.10: no more recipients in this transaction; another one may take them. */
export function isTooManyRecipients({ code, enhanced }: Reply): boolean {
  // RFC 3463 §3.6: X.5.3. With another detail it speaks of the mailbox or of the disk.
  return (code === 452 || code === 552) && (enhanced === undefined || enhanced.endsWith('.5.3'));
}

/**
 * A greeting, EHLO or HELO reply that keeps us from talking to the host. `mayBounce` is false as long as the host must
 * still prove who it is: until then its replies could come from anybody (RFC 7672 §2.2), so the mail is deferred.
 */
export function refusedToTalk(
  stage: 'greeting' | 'EHLO' | 'HELO',
  reply: Reply,
  peer: Peer,
  mayBounce: boolean,
): Trouble {
  const text = `host ${peerName(peer)} refused to talk to me: ${quoted(reply)}`;
  // A 554 greeting speaks only for this host (RFC 5321 §3.1); another may be open.
  if (stage === 'greeting') return hostTrouble(text, reply, peer, '4.0.0');
  return hostTrouble(text, reply, peer, mayBounce ? undefined : '4.7.0');
}

/**
 * TLS is required and the host refuses it. This is always a soft failure, because the reply comes in clear (RFC 7672
 * §2.2).
 */
export function refusedStartTls(reply: Reply, peer: Peer): Trouble {
  const text = `TLS is required, but host ${peerName(peer)} refused to start TLS: ${quoted(reply)}`;
  return hostTrouble(text, reply, peer, '4.7.0');
}

/** No reply, at any stage. After the final dot, nobody knows whether the host took the message. */
export function wireTrouble(stage: Stage, trouble: WireTrouble, peer: Peer): Trouble {
  const status = silence(stage, trouble, peer);
  return stage === 'end of content' ? { ...status, ambiguous: true } : status;
}

function silence(stage: Stage, trouble: WireTrouble, peer: Peer): Trouble {
  switch (trouble.kind) {
    case 'lost': {
      const text = `lost connection with ${peerName(peer)} while ${doing[stage]}`;
      if (trouble.shortage === undefined) return hostDeferral('4.4.2', text, peer);
      return { ...hostDeferral('4.4.2', `${text}: ${trouble.shortage}`, peer), ours: true };
    }
    case 'timeout':
      return hostDeferral(
        '4.4.2',
        `conversation with ${peerName(peer)} timed out while ${doing[stage]}`,
        peer,
      );
    case 'garbage':
      return hostDeferral('4.5.0', `Protocol error: host ${peerName(peer)} said: ${trouble.text}`, peer);
    case 'aborted':
      return { ...stopping, relay: relayName(peer) };
  }
}

/**
 * The server spoke before it was asked. That answers nothing, and would be taken for the answer to the next command.
 */
export function unexpectedMessage(peer: Peer): Trouble {
  return hostDeferral('4.7.0', 'unexpected server message', peer);
}

export function tlsNotOffered(peer: Peer): Trouble {
  return hostDeferral('4.7.4', `TLS is required, but was not offered by host ${peerName(peer)}`, peer);
}

export function noHandshake(peer: Peer): Trouble {
  return hostDeferral('4.7.5', 'Cannot start TLS: handshake failure', peer);
}

export function notVerified(peer: Peer): Trouble {
  return hostDeferral('4.7.5', 'Server certificate not verified', peer);
}

/** What mail hears whose delivery the end of the relay interrupts: nobody else is to blame. */
export const stopping = {
  outcome: 'deferred',
  dsn: '4.3.2',
  reason: 'delivery interrupted: relay is stopping',
  scope: 'destination',
  ours: true,
} as const satisfies Trouble;

/** A failure of this host without a reply of its own; another host may be tried, or this one later. */
export function hostDeferral(dsn: string, reason: string, peer: Peer): Trouble {
  return { outcome: 'deferred', dsn, reason, scope: 'host', relay: relayName(peer) };
}

/** The content cannot be read here, which says nothing about the host or the message. */
export function localDataError(peer: Peer): Trouble {
  const status = hostDeferral('4.3.0', `local data error while talking to ${peerName(peer)}`, peer);
  return { ...status, scope: 'message', ours: true };
}

/**
 * After such a refusal the two sides may no longer agree on the state of the dialogue (syntax errors x0z of
 * RFC 5321 §4.2.1, 555), or the server is leaving (421, RFC 5321 §3.8).
 */
export function endsSession({ code }: Reply): boolean {
  return code === 421 || code === 555 || (code >= 500 && code < 510);
}

/** `softened` is the status of a 5xx reply without detail where a 5xx must not bounce. */
function hostTrouble(reason: string, reply: Reply, peer: Peer, softened: string | undefined): Trouble {
  const permanent = isPermanent(reply);
  const soft = softened !== undefined || !permanent;
  const dsn = permanent && soft ? softDsnOf(reply, softened ?? '4.0.0') : negativeDsnOf(reply);
  return { outcome: soft ? 'deferred' : 'bounced', dsn, reason, scope: 'host', ...decidedBy(reply, peer) };
}

function decidedBy(reply: Reply, peer: Peer): Required<Pick<DeliveryStatus, 'relay' | 'remote'>> {
  return { relay: relayName(peer), remote: remoteOf(reply, peer) };
}

function remoteOf(reply: Reply, { host }: Peer): NonNullable<DeliveryStatus['remote']> {
  return { host, reply: beginningOf(replyText(reply), reportedCharacters) };
}

function quoted(reply: Reply): string {
  const text = replyLogText(reply);
  return text.length > quotedCharacters ? `${beginningOf(text, quotedCharacters)}...` : text;
}

/**
 * RFC 5321 §4.5.3.1.10: 552 to RCPT is what RFC 821 had for 452. If it says that the message is too long (RFC 3463
 * §3.3, §3.4: X.2.3, X.3.4), waiting would not help.
 */
function means452({ code, enhanced }: Reply): boolean {
  return code === 552 && enhanced !== '5.2.3' && enhanced !== '5.3.4';
}

/** RFC 3463 §3.1: X.0.0 is all that can be said without an enhanced code. */
function dsnOf({ code, enhanced }: Reply): string {
  return enhanced ?? `${Math.floor(code / 100)}.0.0`;
}

/** A wrong reply that refuses, such as 354, is a temporary failure of the host. */
function negativeDsnOf(reply: Reply): string {
  return isTransient(reply) || isPermanent(reply) ? dsnOf(reply) : '4.5.0';
}

function softDsnOf({ enhanced }: Reply, softened: string): string {
  return enhanced === undefined ? softened : `4${enhanced.slice(1)}`;
}
