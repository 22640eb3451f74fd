/**
 * What follows the last whole command of an append-only file. `torn`: the rest of a write that a crash or a power
 * failure cut off, which is the beginning of one command or transaction, or zeros where nothing was written yet. Redis
 * had acknowledged none of it. `damage`: anything else, such as whole commands after a wrong length.
 */
export type Tail = 'torn' | 'damage';

const star = 0x2a;
const dollar = 0x24;
const crlf = Buffer.from('\r\n');
const commandStart = Buffer.from('\r\n*');
/** No header of a command is longer: a sign, and a number. */
const longestHeader = 24;
/** Number of octets that are searched for a whole command. A longer tail does not count as harmless. */
const mostSteps = 1_000_000;

/** @param tail from the end of the last whole command or transaction to the end of the file; not empty */
export function judgeTail(tail: Buffer): Tail {
  let length = tail.length;
  while (length > 0 && tail[length - 1] === 0) length -= 1;
  const written = tail.subarray(0, length);
  const budget = { steps: mostSteps };

  let at = 0;
  for (;;) {
    const command = readCommand(written, at, budget);
    if (command.kind === 'whole') {
      // Whole commands belong to a transaction that does not end.
      if (at === 0 && command.name !== 'MULTI') return 'damage';
      at = command.end;
    } else if (command.kind === 'cut off') {
      return hasCommandBehind(written, at, budget) ? 'damage' : 'torn';
    } else return 'damage';
  }
}

type Found =
  | { readonly kind: 'whole'; readonly name: string; readonly end: number }
  /** The octets end before the command does. */
  | { readonly kind: 'cut off' }
  | { readonly kind: 'no command' };

interface Budget {
  steps: number;
}

/** An array of bulk strings (RESP), as Redis writes its commands. */
function readCommand(octets: Buffer, start: number, budget: Budget): Found {
  const header = readHeader(octets, start, star);
  if (header.kind !== 'number') return header;
  if (header.value < 1) return { kind: 'no command' };
  let at = header.end;
  let name = '';
  for (let argument = 0; argument < header.value; argument += 1) {
    budget.steps -= 1;
    if (budget.steps < 0) return { kind: 'no command' };
    const size = readHeader(octets, at, dollar);
    if (size.kind !== 'number') return size;
    const end = size.end + size.value;
    if (argument === 0) {
      name = octets.toString('latin1', size.end, Math.min(end, size.end + longestHeader)).toUpperCase();
    }
    const closing = octets.subarray(end, end + crlf.length);
    if (closing.length < crlf.length) return { kind: 'cut off' };
    if (!closing.equals(crlf)) return { kind: 'no command' };
    at = end + crlf.length;
  }
  return { kind: 'whole', name, end: at };
}

type Header =
  | { readonly kind: 'number'; readonly value: number; readonly end: number }
  | { readonly kind: 'cut off' }
  | { readonly kind: 'no command' };

function readHeader(octets: Buffer, start: number, sign: number): Header {
  const line = octets.subarray(start, start + longestHeader);
  if (line.length === 0) return { kind: 'cut off' };
  if (line[0] !== sign) return { kind: 'no command' };
  const end = line.indexOf(crlf);
  const text = line.toString('latin1', 1, end < 0 ? undefined : end);
  if (end < 0)
    return /^\d*\r?$/.test(text) && line.length < longestHeader
      ? { kind: 'cut off' }
      : { kind: 'no command' };
  if (!/^\d+$/.test(text)) return { kind: 'no command' };
  return { kind: 'number', value: Number(text), end: start + end + crlf.length };
}

/** Whether a whole command follows anywhere after the beginning of the cut-off one. */
function hasCommandBehind(octets: Buffer, start: number, budget: Budget): boolean {
  for (let at = octets.indexOf(commandStart, start); at >= 0; at = octets.indexOf(commandStart, at + 1)) {
    const found = readCommand(octets, at + crlf.length, budget);
    if (budget.steps < 0) return true;
    if (found.kind === 'whole' && /^[A-Z]+$/.test(found.name)) return true;
  }
  return false;
}
