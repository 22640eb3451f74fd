import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { longestFlightBytes, type HeardHandshake } from './certificate-message.ts';
import { guardedStream, type Refusal } from './guarded-stream.ts';

/** A handshake that is written down as it goes on. */
export interface Overheard {
  /** The connection, for the handshake to be made on. */
  readonly stream: Duplex;
  /** Tells of the TLS socket that makes it, before anything has come in. */
  attach(tls: TLSSocket): void;
  /** What was heard, now that it is over; nothing more is written down. */
  take(): HeardHandshake | 'too long';
}

const secretLabel = 'SERVER_HANDSHAKE_TRAFFIC_SECRET';

/**
 * Follows what a server says in a handshake, so that its Certificate message can be read from that. Node has no other
 * way to the whole chain: `getPeerX509Certificate` never frees what is beyond the first certificate, and
 * `getPeerCertificate(true)` leaves out what it does not find a place for.
 *
 * Each reply costs some 20 µs more on such a connection than on the bare socket. What `refusal` returns ends it.
 */
export function overhear(socket: Socket, refusal: Refusal = () => undefined): Overheard {
  let pieces: Buffer[] | undefined = [];
  let bytes = 0;
  let tls: TLSSocket | undefined;
  let serverSecret: Buffer | undefined;

  const stream = guardedStream(socket, (octets) => {
    bytes += octets.length;
    if (bytes > longestFlightBytes) pieces = undefined;
    pieces?.push(octets);
    return refusal(octets);
  });
  /** A line of the NSS key log: label, random, secret. */
  const onKeylog = (line: Buffer): void => {
    const [label, , secret] = line.toString('latin1').trim().split(' ');
    if (label === secretLabel && secret !== undefined) serverSecret = Buffer.from(secret, 'hex');
  };

  return {
    stream,
    attach(socketOfTls) {
      tls = socketOfTls;
      tls.on('keylog', onKeylog);
    },
    take() {
      const heard = pieces;
      pieces = undefined;
      if (tls === undefined) throw new Error('nobody has made the handshake that was overheard');
      tls.off('keylog', onKeylog);
      if (heard === undefined) return 'too long';
      const protocol = tls.getProtocol() ?? 'unknown';
      return { protocol, cipher: tls.getCipher().name, octets: Buffer.concat(heard), serverSecret };
    },
  };
}
