import { getSystemErrorMap } from 'node:util';
import { asciiLine } from '../core/dns/ascii-line.ts';
import type { Trouble } from '../core/mail/status.ts';
import { hostDeferral, relayName, type Peer } from '../core/smtp/verdict.ts';

/** The words of strerror(3), because people search their logs for them. */
const errnoTexts: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'Permission denied'],
  ['EADDRNOTAVAIL', 'Cannot assign requested address'],
  ['EAFNOSUPPORT', 'Address family not supported by protocol'],
  ['EADDRINUSE', 'Address already in use'],
  ['EAGAIN', 'Resource temporarily unavailable'],
  ['ECONNABORTED', 'Software caused connection abort'],
  ['ECONNREFUSED', 'Connection refused'],
  ['ECONNRESET', 'Connection reset by peer'],
  ['EHOSTDOWN', 'Host is down'],
  ['EHOSTUNREACH', 'No route to host'],
  ['EINVAL', 'Invalid argument'],
  ['EMFILE', 'Too many open files'],
  ['ENETDOWN', 'Network is down'],
  ['ENETUNREACH', 'Network is unreachable'],
  ['ENFILE', 'Too many open files in system'],
  ['ENOBUFS', 'No buffer space available'],
  ['ENOMEM', 'Cannot allocate memory'],
  ['EPERM', 'Operation not permitted'],
  ['EPIPE', 'Broken pipe'],
  ['EPROTO', 'Protocol error'],
  ['ETIMEDOUT', 'Connection timed out'],
]);

/** Most characters of a library's message, which is more than any needs. */
const LONGEST = 1000;

export const timedOut = 'Connection timed out';

/** No answer came within the timeout, not even a refusal. */
export function isSilence(errorText: string): boolean {
  return errorText === timedOut || errorText === errnoTexts.get('EHOSTUNREACH');
}

/** The message of a socket error, in one line. */
export function networkErrorText(error: NodeJS.ErrnoException): string {
  const known = errnoTexts.get(error.code ?? '');
  if (known !== undefined) return known;
  const [, text] = (error.errno !== undefined && getSystemErrorMap().get(error.errno)) || [];
  return text ?? asciiLine(error.message, LONGEST);
}

/** `connect to mx.example[192.0.2.1]:25: Connection refused` */
export function connectTrouble(peer: Peer, errorText: string): Trouble {
  const { relay: _, ...status } = hostDeferral('4.4.1', `connect to ${relayName(peer)}: ${errorText}`, peer);
  // There was no session, so the delivery record says relay=none.
  return status;
}

/**
 * Why a TLS handshake failed: `reason` ends the line `SSL_connect error to …`, and `library` is what the TLS
 * library has to say, if it was the one to give up: `error:0A00010B:SSL routines::wrong version number`.
 */
export function handshakeErrorTexts(error: NodeJS.ErrnoException): { reason: string; library?: string } {
  if (!error.message.includes('error:')) {
    // Node also gives this code to a connection that was closed properly.
    const closed = error.code === 'ECONNRESET' && error.syscall === undefined;
    return { reason: closed ? 'lost connection' : networkErrorText(error) };
  }
  // The library puts a thread number in front and its source file behind.
  const [, code, text] = /error:([0-9A-F]{8}):[^:]*:[^:]*:([^:\n]*)/.exec(error.message) ?? [];
  const library =
    code === undefined ? asciiLine(error.message, LONGEST) : `error:${code}:SSL routines::${text}`;
  return { reason: '-1', library };
}
