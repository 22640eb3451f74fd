import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A gate between a connection and its reader. */
export interface Gate {
  /** Takes octets that have arrived. */
  enter(octets: Buffer): void;
  /** The next octets that may pass; undefined if none may pass now. An error ends the connection. */
  next(): Buffer | Error | undefined;
  /** The connection has ended: returns the remaining octets that may pass. */
  rest(): Buffer;
  /** Sets what to call when more may pass although nothing has arrived. */
  onOpening?: () => void;
}

/**
 * Octets that are passed on in one turn of the event loop (less than twice as many after a pause). A server can put
 * thousands of TLS messages into a few kilobytes, and each costs the library a computation or an answer.
 */
export const octetsInTurn = 4 * 1024;

/**
 * Octets that may wait to be read by the other side while its own go on being read. What it sends can ask for answers
 * (RFC 8446 §4.6.3), and those of somebody who reads none of them would pile up.
 */
const mostUnreadBytes = 256 * 1024;

/**
 * A connection whose octets pass through a gate before they are read. An error from `gate` ends the connection, and the
 * octets that caused it are never read.
 *
 * @param options.waitsForReader what the other side sends waits until it has read most of what it was sent
 */
export function guardedStream(
  socket: Socket,
  gate: Gate,
  { waitsForReader = false }: { readonly waitsForReader?: boolean } = {},
): Duplex {
  let left: Buffer = Buffer.alloc(0);
  let isFull = false;
  let isPouring = false;
  let isResting = false;
  let isWaiting = false;
  /** The connection has ended, and all that arrived has passed. */
  let hasEnded = false;
  let isOver = false;

  const stream = new Duplex({
    allowHalfOpen: socket.allowHalfOpen,
    // The other side may ask for octets that have passed and are not taken yet: they come at once.
    readableHighWaterMark: octetsInTurn,
    read() {
      isFull = false;
      pour();
    },
    write: (octets: Buffer, _, done) => void socket.write(octets, done),
    // TLS hands over record by record: they leave together.
    writev(pieces: readonly { readonly chunk: Buffer }[], done) {
      socket.cork();
      for (const { chunk } of pieces.slice(0, -1)) socket.write(chunk);
      socket.write(pieces.at(-1)?.chunk ?? Buffer.alloc(0), done);
      socket.uncork();
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });

  /** Passes octets on, up to the bound of a turn. The reader may call back while this runs. */
  function pour(): void {
    if (isPouring || isResting || isOver) return;
    if (waitsForReader && socket.writableLength > mostUnreadBytes) {
      socket.pause();
      if (!isWaiting) socket.once('drain', resume);
      isWaiting = true;
      return;
    }
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

  function resume(): void {
    isWaiting = false;
    pour();
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
    // The connection may end before all that it brought has passed.
    if (!hasEnded || stream.readableEnded) stream.destroy();
    else stream.once('end', () => stream.destroy());
  });
  return stream;
}
