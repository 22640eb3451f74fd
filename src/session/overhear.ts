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

/** An ordinary handshake fits in. */
const firstBytes = 8_192;

const secretLabel = 'SERVER_HANDSHAKE_TRAFFIC_SECRET';

/**
 * Follows what a server says in a handshake, so that its Certificate message can be read from that. Node has no other
 * way to the whole chain: `getPeerX509Certificate` never frees what is beyond the first certificate, and
 * `getPeerCertificate(true)` leaves out what it does not find a place for.
 *
 * Each reply costs some 20 µs more on such a connection than on the bare socket. What `refusal` returns ends it.
 */
export function overhear(socket: Socket, refusal: Refusal = () => undefined): Overheard {
  /** In one piece, for the server may send it octet by octet, and each piece costs a hundred times as much. */
  let kept: Buffer | undefined = Buffer.allocUnsafe(firstBytes);
  let bytes = 0;
  let tls: TLSSocket | undefined;
  let serverSecret: Buffer | undefined;

  const stream = guardedStream(socket, (octets) => {
    if (bytes + octets.length > longestFlightBytes) kept = undefined;
    if (kept !== undefined) kept = withRoom(kept, bytes, octets.length);
    if (kept !== undefined) bytes += octets.copy(kept, bytes);
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
      const heard = kept?.subarray(0, bytes);
      kept = undefined;
      if (tls === undefined) throw new Error('nobody has made the handshake that was overheard');
      tls.off('keylog', onKeylog);
      if (heard === undefined) return 'too long';
      const protocol = tls.getProtocol() ?? 'unknown';
      return { protocol, cipher: tls.getCipher().name, octets: heard, serverSecret };
    },
  };
}

/** The same octets, with room for so many more behind them. */
function withRoom(kept: Buffer, bytes: number, more: number): Buffer {
  if (bytes + more <= kept.length) return kept;
  const larger = Buffer.allocUnsafe(Math.max(2 * kept.length, bytes + more));
  kept.copy(larger, 0, 0, bytes);
  return larger;
}
