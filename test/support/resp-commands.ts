/** One command of a client of Redis, as it came (RESP 2, arrays of bulk strings; or inline). */
export interface RespCommand {
  readonly bytes: Buffer;
  /** Its words, as far as they are short. */
  readonly words: readonly string[];
}

/** Scripts are shorter, contents of mail are of no interest. */
const maxWordBytes = 65_536;

/** Cuts what a client sends into its commands. */
export class CommandCutter {
  #pending: Buffer = Buffer.alloc(0);

  feed(chunk: Buffer): readonly RespCommand[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const commands: RespCommand[] = [];
    for (;;) {
      const command = first(this.#pending);
      if (command === undefined) return commands;
      commands.push(command);
      this.#pending = this.#pending.subarray(command.bytes.length);
    }
  }
}

function first(buffer: Buffer): RespCommand | undefined {
  const lineEnd = buffer.indexOf('\r\n');
  if (lineEnd === -1) return undefined;
  if (buffer[0] !== 0x2a) {
    const words = buffer.toString('latin1', 0, lineEnd).split(' ');
    return { bytes: buffer.subarray(0, lineEnd + 2), words };
  }
  let at = lineEnd + 2;
  const words: string[] = [];
  for (let left = Number(buffer.toString('latin1', 1, lineEnd)); left > 0; left -= 1) {
    const end = buffer.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const length = Number(buffer.toString('latin1', at + 1, end));
    if (buffer.length < end + 2 + length + 2) return undefined;
    words.push(length <= maxWordBytes ? buffer.toString('latin1', end + 2, end + 2 + length) : '');
    at = end + 2 + length + 2;
  }
  return { bytes: buffer.subarray(0, at), words };
}
