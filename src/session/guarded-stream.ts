import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Stands between a connection and whoever reads from it. */
export interface Gate {
  /** Takes octets that have come in. */
  enter(octets: Buffer): void;
  /** The next of them that may pass; undefined if none may for now. An error ends the connection. */
  next(): Buffer | Error | undefined;
  /** The connection has come to its end: what is left of them that may pass. */
  rest(): Buffer;
  /** Whom to tell that more may pass though nothing has come in. */
  onOpening?: () => void;
}

/**
 * Octets that are passed on in one turn of the event loop (less than twice as many after a pause). A server may put
 * thousands of messages into a few kilobytes, and TLS computes with each of them, or answers it.
 */
export const octetsInTurn = 4 * 1024;

/**
 * A connection whose octets somebody looks at before anybody else has them. What `gate` gives out as an error ends it, and
 * what led to that is seen by nobody.
 */
export function guardedStream(socket: Socket, gate: Gate): Duplex {
  let left: Buffer = Buffer.alloc(0);
  let isFull = false;
  let isPouring = false;
  let isResting = false;
  /** Of the connection: nothing more comes in, and what has come in has passed. */
  let hasEnded = false;
  let isOver = false;

  const stream = new Duplex({
    allowHalfOpen: socket.allowHalfOpen,
    // What has passed and is not taken yet comes at once when it is.
    readableHighWaterMark: octetsInTurn,
    read() {
      isFull = false;
      pour();
    },
    write: (octets: Buffer, _, done) => void socket.write(octets, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });

  /** Gives out what may pass, up to the bound of a turn. Whoever takes it may call back in the midst of it. */
  function pour(): void {
    if (isPouring || isResting || isOver) return;
    isPouring = true;
    let passed = 0;
    while (!isFull && !stream.destroyed && passed < octetsInTurn) {
      const piece = left.length > 0 ? left : (gate.next() ?? (hasEnded ? gate.rest() : undefined));
      if (piece instanceof Error) {
        stream.destroy(piece);
        break;
      }
      if (piece === undefined) break;
      if (piece.length === 0) {
        isOver = true;
        stream.push(null);
        break;
      }
      const now = piece.subarray(0, octetsInTurn - passed);
      left = piece.subarray(now.length);
      passed += now.length;
      isFull = !stream.push(now);
    }
    isPouring = false;
    if (passed >= octetsInTurn) rest();
    if (isFull || isResting) socket.pause();
    else socket.resume();
  }

  function rest(): void {
    isResting = true;
    setImmediate(() => {
      isResting = false;
      pour();
    });
  }

  gate.onOpening = pour;
  socket.on('data', (octets: Buffer) => {
    gate.enter(octets);
    pour();
  });
  socket.on('end', () => {
    hasEnded = true;
    pour();
  });
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => {
    // It may be over before all that it has brought has passed.
    if (!hasEnded || stream.readableEnded) stream.destroy();
    else stream.once('end', () => stream.destroy());
  });
  return stream;
}
