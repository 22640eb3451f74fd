/**
 * Hands pieces from one who pushes to one who pulls, put together to chunks of at least `chunkBytes` but for the last.
 * Holds little more than that when the pushing side waits for room. Can be read once.
 */
export class ChunkQueue implements AsyncIterable<Buffer> {
  readonly #chunkBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #state: 'open' | 'ended' | 'discarded' = 'open';
  #error: Error | undefined;
  /** The reader got all there was. */
  consumed = false;
  #onChange: (() => void) | undefined;
  #onRoom: (() => void) | undefined;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** A chunk waits to be read, or all there will be. */
  get ready(): boolean {
    return this.#bytes >= this.#chunkBytes || this.#state === 'ended';
  }

  push(piece: Buffer): void {
    if (piece.length === 0 || this.#state !== 'open' || this.#error !== undefined) return;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.ready) this.#changed();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#changed();
  }

  /** The reader gets this error now, and nothing more. */
  fail(error: Error): void {
    if (this.consumed) return;
    this.#error ??= error;
    this.#drop();
    this.#changed();
  }

  /** Nobody reads (any more): what is pushed is dropped. */
  discard(): void {
    this.#state = 'discarded';
    this.#drop();
  }

  /** Calls back when more may be pushed, at once if that is now. */
  whenRoom(callback: () => void): void {
    if (this.#bytes < this.#chunkBytes) callback();
    else this.#onRoom = callback;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    try {
      for (;;) {
        if (this.#error !== undefined) throw this.#error;
        if (this.ready && this.#bytes > 0) {
          const chunk =
            this.#pieces.length === 1
              ? (this.#pieces[0] as Buffer)
              : Buffer.concat(this.#pieces, this.#bytes);
          this.#drop();
          yield chunk;
        } else if (this.#state === 'ended') {
          this.consumed = true;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#onChange = resolve;
          });
        }
      }
    } finally {
      this.discard();
    }
  }

  #drop(): void {
    this.#pieces = [];
    this.#bytes = 0;
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
  }

  #changed(): void {
    const onChange = this.#onChange;
    this.#onChange = undefined;
    onChange?.();
  }
}
