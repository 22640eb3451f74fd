/** Most octets of a header that are returned. */
const HEADER_LIMIT_BYTES = 64 * 1024;

/** The message that failed, or only its header block when it is large or the sender asked for that (RFC 3461 §4.3). */
export interface Returned {
  readonly kind: 'message' | 'headers';
  readonly bytes: Buffer;
  /** The header block alone. */
  readonly header: Buffer;
}

export interface ReturnRules {
  /** False for a report that is no failure (RFC 3461 §4.3), or that goes to somebody other than the sender. */
  readonly mayReturnAll: boolean;
  /** Size of the message in octets. */
  readonly size: number;
  /** A larger message comes back without its body. */
  readonly limitBytes: number;
  /** The RET parameter of the sender (RFC 3461 §4.3). */
  readonly ret?: 'FULL' | 'HDRS';
}

/** Reads the part of the failed message that a report returns. Never more than the limit is in memory. */
export async function readReturned(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { mayReturnAll, size, limitBytes, ret }: ReturnRules,
): Promise<Returned> {
  const whole = mayReturnAll && ret !== 'HDRS' && size <= limitBytes;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of content) {
    parts.push(part);
    length += part.length;
    if (!whole && length >= HEADER_LIMIT_BYTES) break;
  }
  const bytes = Buffer.concat(parts, length);
  const header = headerBlock(bytes);
  return whole ? { kind: 'message', bytes, header } : { kind: 'headers', bytes: header, header };
}

/** The header up to the empty line, without it; whole lines only. */
function headerBlock(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end >= 0 && end < HEADER_LIMIT_BYTES) return bytes.subarray(0, end + 2);
  const cut = bytes.subarray(0, HEADER_LIMIT_BYTES);
  const last = cut.lastIndexOf('\r\n');
  return cut.subarray(0, last < 0 ? 0 : last + 2);
}

/** Message-ID of a message whose header nobody has read before, with angle brackets, or the empty string. */
export function messageIdOf({ header }: Pick<Returned, 'header'>): string {
  return /^message-id:[ \t]*(<[^<>\s]{1,900}>)/im.exec(header.toString('latin1'))?.[1] ?? '';
}
