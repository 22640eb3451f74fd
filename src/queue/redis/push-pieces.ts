import { Writable } from 'node:stream';
import { Command, type Redis } from 'ioredis';

/**
 * RPUSH of octets that go to the socket without a copy. The library's own call would first copy them into one buffer.
 */
class PushPieces extends Command {
  readonly #key: string;
  readonly #pieces: readonly Buffer[];

  constructor(key: string, pieces: readonly Buffer[]) {
    super('rpush', [key, ...pieces]);
    this.#key = key;
    this.#pieces = pieces;
  }

  /** The returned octets are written after those written here. */
  override toWritable(socket: object): string | Buffer {
    if (!(socket instanceof Writable)) return super.toWritable(socket);
    socket.cork();
    const key = `$${Buffer.byteLength(this.#key)}\r\n${this.#key}`;
    socket.write(`*${this.#pieces.length + 2}\r\n$5\r\nrpush\r\n${key}`);
    for (const piece of this.#pieces) {
      socket.write(`\r\n$${piece.length}\r\n`);
      socket.write(piece);
    }
    process.nextTick(() => socket.uncork());
    return '\r\n';
  }
}

/** Appends pieces to a list. They must not change until this resolves. */
export async function pushPieces(redis: Redis, key: string, pieces: readonly Buffer[]): Promise<void> {
  await redis.sendCommand(new PushPieces(key, pieces));
}
