import { labelText } from '../core/dns/name.ts';

/** A name in a message. */
export interface NameAt {
  /** In the form of `parseOwnerName`. */
  readonly name: string;
  /** Offset at which it ends in the message; the target of a pointer lies elsewhere. */
  readonly end: number;
}

/** Reads the name at an offset. A string says why it is malformed, because thousands of exceptions would cost more. */
export type ReadName = (at: number) => NameAt | string;

/** RFC 2181 §11: the limit includes the length octets of its labels and of the root. */
const maxWireOctets = 255;
/** A name has at most this many labels, and each pointer leads to at least one. */
const maxPointers = 127;

/** The target of a pointer. */
interface Tail {
  readonly text: string;
  readonly octets: number;
}

const root: Tail = { text: '', octets: 1 };
const tooLong = 'a name of too many octets';
const overEnd = 'a name over the end of the message';

/**
 * Reads the names of one message (RFC 1035 §4.1.4). A label may hold any octets (RFC 2181 §11). The target of pointers
 * is read once, however many lead to it, so that the work for all names is linear in the size of the message.
 *
 * @param count is told of each octet of a label and of each pointer that is looked at
 */
export function nameReader(message: Buffer, count: (octets: number) => void = () => {}): ReadName {
  const tails = new Map<number, Tail | string>();

  function tailAt(start: number, pointers: number): Tail | string {
    const known = tails.get(start);
    if (known !== undefined) return known;
    const read = readFrom(start, pointers);
    const tail = typeof read === 'string' ? read : read.tail;
    tails.set(start, tail);
    return tail;
  }

  function readFrom(start: number, pointers: number): { readonly tail: Tail; readonly end: number } | string {
    const labels: string[] = [];
    let octets = 0;
    let at = start;
    for (;;) {
      const length = message[at];
      if (length === undefined) return overEnd;
      if (length === 0) return joined(labels, octets, root, at + 1);
      if (length >= 0xc0) {
        const low = message[at + 1];
        if (low === undefined) return overEnd;
        const target = ((length & 0x3f) << 8) | low;
        count(1);
        // A pointer leads to an earlier name, so there are no circles.
        if (target >= start) return 'a name whose pointer does not lead back';
        if (pointers === maxPointers) return 'a name of too many pointers';
        return joined(labels, octets, tailAt(target, pointers + 1), at + 2);
      }
      if (length > 63) return 'a label of an unknown kind';
      if (at + 1 + length > message.length) return overEnd;
      octets += 1 + length;
      if (octets >= maxWireOctets) return tooLong;
      count(length);
      labels.push(labelText(message.subarray(at + 1, at + 1 + length)));
      at += 1 + length;
    }
  }

  return (at) => {
    const read = readFrom(at, 0);
    if (typeof read === 'string') return read;
    return { name: read.tail.text === '' ? '.' : read.tail.text, end: read.end };
  };
}

function joined(
  labels: readonly string[],
  octets: number,
  rest: Tail | string,
  end: number,
): { readonly tail: Tail; readonly end: number } | string {
  if (typeof rest === 'string') return rest;
  const sum = octets + rest.octets;
  if (sum > maxWireOctets) return tooLong;
  if (labels.length === 0) return { tail: rest, end };
  const text = labels.join('.');
  return { tail: { text: rest.text === '' ? text : `${text}.${rest.text}`, octets: sum }, end };
}
