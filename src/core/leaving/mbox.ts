import { isSpeakable, mailLine, rcptLine } from './envelope-lines.ts';
import { leavingState, type LeavingMessage, type LeavingState } from './leaving.ts';

const CR = 0x0d;
const LF = 0x0a;
const GREATER = 0x3e;
/** A line that begins so begins a message, unless it is quoted. */
const from = Buffer.from('From ');

/** Header fields in front of each message, by what is to be done about the recipient. */
const recipientField: Readonly<Record<LeavingState, string>> = {
  send: 'X-Envelope-To',
  hold: 'X-Envelope-Hold',
  held: 'X-Envelope-Held',
};

/**
 * What stands in front of the content in an mbox: the line that begins a message, and the envelope in header fields, of which
 * X-Queue-Id is the last. Lines end with LF (RFC 4155, appendix A).
 */
export function mboxHead({ message, recipients }: LeavingMessage): string {
  const { queueId, envelope, arrivedAt } = message;
  const lines = [
    // A space would end the address; the exact one is in the fields below.
    `From ${envelope.sender.replaceAll(/[^!-~]/g, '_') || 'MAILER-DAEMON'} ${ctime(arrivedAt)}`,
    `Return-Path: <${envelope.sender}>`,
    `X-Envelope-From: ${mailLine(envelope).slice('MAIL FROM:'.length)}`,
    ...recipients
      .filter(isSpeakable)
      .map((one) => `${recipientField[leavingState(one)]}: ${rcptLine(one).slice('RCPT TO:'.length)}`),
    `X-Queue-Id: ${queueId}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `Mon Nov 30 06:20:00 2026`, in UTC. */
function ctime(ms: number): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(ms).toUTCString().split(/,? /);
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`;
}

/**
 * The content of a message as an mbox has it, chunk by chunk: lines end with LF, and one that begins with "From ", whatever
 * number of ">" is in front of that, gets one ">" more ("mboxrd", which can be undone). Every other octet stays.
 */
export class MboxContent {
  #isLineStart = true;
  /** The start of a line of which it is not yet known whether it is "From ". */
  #start: Buffer = Buffer.alloc(0);
  /** A CR at the end of a chunk waits for its LF. */
  #isCr = false;
  #isExact = true;
  #last = LF;

  /** Whether the octets can be told again from what was written: each line ended with CRLF. */
  get isExact(): boolean {
    return this.#isExact;
  }

  write(chunk: Buffer): Buffer {
    const text = Buffer.concat([this.#start, this.#withLf(chunk)]);
    const cuts: number[] = [];
    let end = text.length;
    let at = this.#isLineStart ? 0 : afterLf(text, 0);
    while (at !== -1) {
      const word = pastQuotes(text, at);
      const found = matching(text, word);
      if (found === from.length) cuts.push(word);
      else if (word + found === text.length) {
        end = word;
        break;
      }
      at = afterLf(text, word);
    }
    this.#start = Buffer.from(text.subarray(end));
    this.#isLineStart = at !== -1;
    return quoted(text.subarray(0, end), cuts);
  }

  /** What is still to be written, and the empty line that ends a message. */
  end(): Buffer {
    const isCut = this.#isCr || this.#last !== LF;
    if (isCut) this.#isExact = false;
    return Buffer.concat([this.#start, Buffer.from(`${this.#isCr ? '\r' : ''}${isCut ? '\n' : ''}\n`)]);
  }

  /** CRLF becomes LF. A CR elsewhere stays. */
  #withLf(chunk: Buffer): Buffer {
    const whole = this.#isCr ? Buffer.concat([Buffer.from('\r'), chunk]) : chunk;
    this.#isCr = whole.at(-1) === CR;
    const text = this.#isCr ? whole.subarray(0, -1) : whole;
    const result = Buffer.allocUnsafe(text.length);
    let begin = 0;
    let to = 0;
    for (let at = text.indexOf(LF); at !== -1; at = text.indexOf(LF, at + 1)) {
      const hasCr = at > 0 && text[at - 1] === CR;
      if (!hasCr) this.#isExact = false;
      to += text.copy(result, to, begin, hasCr ? at - 1 : at);
      begin = at;
    }
    to += text.copy(result, to, begin);
    this.#last = text.at(-1) ?? this.#last;
    return result.subarray(0, to);
  }
}

/** Where the next line begins, which may be at the very end; -1 if there is none. */
function afterLf(text: Buffer, at: number): number {
  const end = text.indexOf(LF, at);
  return end === -1 ? -1 : end + 1;
}

function pastQuotes(text: Buffer, at: number): number {
  let next = at;
  while (text[next] === GREATER) next += 1;
  return next;
}

/** How many octets of "From " are there. */
function matching(text: Buffer, at: number): number {
  let found = 0;
  while (found < from.length && text[at + found] === from[found]) found += 1;
  return found;
}

function quoted(text: Buffer, cuts: readonly number[]): Buffer {
  if (cuts.length === 0) return text;
  const pieces: Buffer[] = [];
  let begin = 0;
  for (const cut of cuts) {
    pieces.push(text.subarray(begin, cut), Buffer.from('>'));
    begin = cut;
  }
  return Buffer.concat([...pieces, text.subarray(begin)]);
}
