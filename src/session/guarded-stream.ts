import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** What is wrong with octets that have come in; undefined if nothing is. */
export type Refusal = (octets: Buffer) => Error | undefined;

/** Ended the connection: the server said what nobody should have to listen to. */
export class Refused extends Error {}

/**
 * Octets that are handed on in one turn of the event loop. What they cost is up to who reads them: 300 records of TLS that
 * ask for new keys take 6 ms. An ordinary reply has less, and so has an ordinary handshake.
 */
export const mostPerTurn = 8_192;

/**
 * A connection whose octets somebody looks at before anybody else has them, a few at a time. What `refusal` returns for
 * a piece ends the connection with an error of the same words, and the piece is seen by nobody.
 */
export function guardedStream(socket: Socket, refusal: Refusal): Duplex {
  /** What has come and waits for its turn. */
  let rest: Buffer | undefined;
  /** How the connection ended, while there is a rest. */
  let end: (() => void) | undefined;

  const stream = new Duplex({
    allowHalfOpen: socket.allowHalfOpen,
    // Asked for once after each piece that was handed on.
    read: () => void (rest === undefined ? socket.resume() : setImmediate(handOn)),
    write: (octets: Buffer, _, done) => void socket.write(octets, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      rest = undefined;
      socket.destroy();
      done(error);
    },
  });

  function handOn(): void {
    if (rest === undefined || stream.destroyed) return;
    const piece = rest.subarray(0, mostPerTurn);
    rest = rest.length > mostPerTurn ? rest.subarray(mostPerTurn) : undefined;
    const error = refusal(piece);
    if (error !== undefined) {
      stream.destroy(new Refused(error.message));
      return;
    }
    const goesOn = stream.push(piece);
    if (rest !== undefined || !goesOn) socket.pause();
    if (rest === undefined) end?.();
  }

  /** What has come is heard before the end of it. */
  function atEnd(tell: () => void): void {
    if (rest === undefined) tell();
    else end = tell;
  }

  socket.on('data', (octets: Buffer) => {
    const waits = rest !== undefined;
    rest = rest === undefined ? octets : Buffer.concat([rest, octets]);
    if (!waits) handOn();
  });
  socket.on('end', () => atEnd(() => stream.push(null)));
  socket.on('error', (error) => atEnd(() => stream.destroy(error)));
  socket.on('close', () => atEnd(() => stream.destroy()));
  return stream;
}
