/** More header than this is not returned. */
const HEADER_LIMIT_BYTES = 64 * 1024;

/** The message that failed, or only its header block when it is large or the sender asked for that (RFC 3461 §4.3). */
export interface Returned {
  readonly kind: 'message' | 'headers';
  readonly bytes: Buffer;
  /** The header block alone. */
  readonly header: Buffer;
}

export interface ReturnRules {
  /** False for what is no failure (RFC 3461 §4.3) or goes to somebody else than the sender. */
  readonly mayReturnAll: boolean;
  /** Octets of the message. */
  readonly size: number;
  /** A larger message comes back without its body. */
  readonly limitBytes: number;
  /** What the sender asked for (RFC 3461 §4.3). */
  readonly ret?: 'FULL' | 'HDRS';
}

/** Reads what a report returns of the message that failed; never more of it than the limit into memory. */
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

/** Up to the empty line, without it; whole lines only. */
function headerBlock(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end >= 0 && end < HEADER_LIMIT_BYTES) return bytes.subarray(0, end + 2);
  const cut = bytes.subarray(0, HEADER_LIMIT_BYTES);
  return cut.subarray(0, cut.lastIndexOf('\r\n') + 2);
}
