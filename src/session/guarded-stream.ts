import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** What is wrong with octets that have come in; undefined if nothing is. */
export type Refusal = (octets: Buffer) => Error | undefined;

/**
 * A connection whose octets somebody looks at before anybody else has them. What `refusal` returns for a piece ends the
 * connection with this error, and the piece is seen by nobody.
 */
export function guardedStream(socket: Socket, refusal: Refusal): Duplex {
  const stream = new Duplex({
    allowHalfOpen: socket.allowHalfOpen,
    read: () => void socket.resume(),
    write: (octets: Buffer, _, done) => void socket.write(octets, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (octets: Buffer) => {
    const error = refusal(octets);
    if (error !== undefined) stream.destroy(error);
    else if (!stream.push(octets)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  return stream;
}
