const over = { done: true, value: undefined } as const;

/**
 * Passes pieces from a writer to a reader as chunks of at least `chunkBytes`; the last may be smaller. If the writer
 * waits for room, the queue holds little more than one chunk. It can be read once.
 */
export class ChunkQueue implements AsyncIterable<Buffer> {
  readonly #chunkBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #state: 'open' | 'ended' | 'discarded' = 'open';
  #error: Error | undefined;
  /** The reader has got everything. */
  consumed = false;
  #onChange: (() => void) | undefined;
  #onRoom: (() => void) | undefined;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** A whole chunk can be read, or the last one. */
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

  /** The reader gets this error next, and nothing after it. */
  fail(error: Error): void {
    if (this.consumed) return;
    this.#error ??= error;
    this.#drop();
    this.#changed();
  }

  /** Nobody reads any more. What is pushed is dropped. */
  discard(): void {
    this.#state = 'discarded';
    this.#drop();
  }

  /** Calls back when there is room for more, at once if there is some now. */
  whenRoom(callback: () => void): void {
    if (this.#bytes < this.#chunkBytes) callback();
    else this.#onRoom = callback;
  }

  /** No generator: its promises would cost more than the rest of the way of a small message. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer, undefined> {
    return {
      next: () => this.#take(),
      return: () => {
        this.discard();
        return Promise.resolve(over);
      },
    };
  }

  #take(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#error !== undefined) {
      this.discard();
      return Promise.reject(this.#error);
    }
    if (this.#state === 'discarded') return Promise.resolve(over);
    if (this.ready && this.#bytes > 0) {
      const [first] = this.#pieces;
      const value =
        first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#bytes);
      this.#drop();
      return Promise.resolve({ done: false, value });
    }
    if (this.#state === 'ended') {
      this.consumed = true;
      this.discard();
      return Promise.resolve(over);
    }
    return new Promise((resolve) => {
      this.#onChange = () => resolve(this.#take());
    });
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
