import { labelText } from '../core/dns/name.ts';

/** A name in a message. */
export interface NameAt {
  /** In the form of `parseOwnerName`. */
  readonly name: string;
  /** Where in the message it ends; what a pointer leads to lies elsewhere. */
  readonly end: number;
}

/** Reads the name at an offset. Throws RangeError for one that is malformed. */
export type ReadName = (at: number) => NameAt;

/** RFC 2181 §11: with the length octets of its labels and of the root. */
const maxWireOctets = 255;
/** A name has no more labels, and a pointer is there to lead to one. */
const maxPointers = 127;

/** What a pointer leads to. */
interface Tail {
  readonly text: string;
  readonly octets: number;
}

const root: Tail = { text: '', octets: 1 };

/**
 * Reads the names of one message (RFC 1035 §4.1.4). A label may hold any octets (RFC 2181 §11). What a pointer leads to
 * is read once, however many lead to it, so that the work for all names grows with the message and no faster.
 *
 * @param count is told of each octet of a label and of each pointer that is looked at
 */
export function nameReader(message: Buffer, count: (octets: number) => void = () => {}): ReadName {
  const tails = new Map<number, Tail>();

  function tailAt(start: number, pointers: number): Tail {
    const known = tails.get(start);
    if (known !== undefined) return known;
    const { tail } = read(start, pointers);
    tails.set(start, tail);
    return tail;
  }

  function read(start: number, pointers: number): { readonly tail: Tail; readonly end: number } {
    const labels: string[] = [];
    let octets = 0;
    let at = start;
    for (;;) {
      const length = message.readUInt8(at);
      if (length === 0) return { tail: joined(labels, octets, root), end: at + 1 };
      if (length >= 0xc0) {
        const target = message.readUInt16BE(at) & 0x3fff;
        count(1);
        // A pointer leads to an earlier name, so there is no way round in a circle.
        if (target >= start) throw new RangeError('a name whose pointer does not lead back');
        if (pointers === maxPointers) throw new RangeError('a name of too many pointers');
        return { tail: joined(labels, octets, tailAt(target, pointers + 1)), end: at + 2 };
      }
      if (length > 63) throw new RangeError('a label of an unknown kind');
      if (at + 1 + length > message.length) throw new RangeError('a label over the end of the message');
      octets += 1 + length;
      if (octets >= maxWireOctets) throw new RangeError('a name of too many octets');
      count(length);
      labels.push(labelText(message.subarray(at + 1, at + 1 + length)));
      at += 1 + length;
    }
  }

  return (at) => {
    const { tail, end } = read(at, 0);
    return { name: tail.text === '' ? '.' : tail.text, end };
  };
}

function joined(labels: readonly string[], octets: number, rest: Tail): Tail {
  const sum = octets + rest.octets;
  if (sum > maxWireOctets) throw new RangeError('a name of too many octets');
  if (labels.length === 0) return rest;
  const text = labels.join('.');
  return { text: rest.text === '' ? text : `${text}.${rest.text}`, octets: sum };
}
