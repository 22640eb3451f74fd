import type { LogEvent } from '../core/log/log-event.ts';
import { relayName, type Peer } from '../core/smtp/verdict.ts';
import { tlsSummary } from '../core/smtp/tls-summary.ts';
import type { TlsFacts, TlsWord } from '../core/smtp/transaction.ts';

/** The log lines of a session, about the host that it is with. */

/** @param text of the failure, which the status of the recipients has too */
export function connectFailed(peer: Peer, text: string): LogEvent {
  return smtp('info', 'connect failed', text, peer);
}

/** The session lacks something of this machine: ports, files, memory. */
export function shortageOf(peer: Peer, text: string): LogEvent {
  return smtp('error', 'shortage', text, peer);
}

export function helloUnanswered(peer: Peer): LogEvent {
  const relay = relayName(peer);
  const text = `no answer to ClientHello from ${relay}: trying again with a smaller one`;
  return smtp('info', 'TLS unanswered', text, peer);
}

export function noCommonSuite(peer: Peer): LogEvent {
  const relay = relayName(peer);
  const text = `no cipher suite in common with ${relay}: trying again with DHE`;
  return smtp('info', 'TLS without a suite', text, peer);
}

export function ownHelloName(peer: Peer, ourName: string): LogEvent {
  const text = `host ${relayName(peer)} replied to HELO/EHLO with my own hostname ${ourName}`;
  return smtp('warning', 'loop', text, peer);
}

/** STARTTLS that the host offers and that the level does not use. */
export function startTlsOffered(peer: Peer): LogEvent {
  return smtp('info', 'TLS offered', `Host offered STARTTLS: [${peer.host}]`, peer);
}

export function tlsEstablished(peer: Peer, word: TlsWord, facts: TlsFacts): LogEvent {
  const relay = relayName(peer);
  return {
    component: 'smtp',
    severity: 'info',
    event: 'TLS established',
    tlsLevel: 1,
    text: tlsSummary(word, relay, facts),
    fields: { relay, trust: word, protocol: facts.protocol, cipher: facts.cipher },
  };
}

/** RFC 3207 §4.2: nothing that was said in clear counts. */
export function earlyData(peer: Peer): LogEvent {
  const relay = relayName(peer);
  return smtp('warning', 'early data', `${relay} sent more than its reply to STARTTLS: discarded`, peer);
}

export function chainUnread(peer: Peer): LogEvent {
  const relay = relayName(peer);
  return smtp('warning', 'chain unread', `cannot read the certificates of ${relay} beyond its own`, peer);
}

export function verificationFailed(peer: Peer, text: string): LogEvent {
  return smtp('info', 'verification failed', text, peer);
}

export function handshakeFailed(peer: Peer, reason: string): LogEvent {
  return smtp('info', 'TLS failed', handshakeText(peer, reason), peer);
}

/** A handshake that this machine was too short of something for. */
export function shortHandshake(peer: Peer, reason: string): LogEvent {
  return shortageOf(peer, handshakeText(peer, reason));
}

function handshakeText(peer: Peer, reason: string): string {
  return `SSL_connect error to ${relayName(peer)}: ${reason}`;
}

export function libraryProblem(peer: Peer, words: string): LogEvent {
  return smtp('warning', 'TLS library', `TLS library problem: ${words}`, peer);
}

/** For `tls.loglevel` 2. */
export function tlsDetail(
  peer: Peer,
  event: 'TLSA record' | 'certificate' | 'certificate matched',
  text: string,
): LogEvent {
  return { ...smtp('info', event, text, peer), tlsLevel: 2 };
}

export function loginTrouble(peer: Peer, what: string): LogEvent {
  return smtp('warning', 'login', `${relayName(peer)} ${what}`, peer);
}

export function contentUnreadable(peer: Peer, localError: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'error',
    event: 'content unreadable',
    text: `cannot read message content for ${relayName(peer)}: ${localError}`,
  };
}

export function intentNotStored(peer: Peer, failure: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'error',
    event: 'store trouble',
    text: `cannot write down that the final dot goes to ${relayName(peer)}: ${failure}`,
  };
}

function smtp(severity: LogEvent['severity'], event: LogEvent['event'], text: string, peer: Peer): LogEvent {
  return { component: 'smtp', severity, event, text, fields: { relay: relayName(peer) } };
}
