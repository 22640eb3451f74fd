/** Offsets of a value in an encoding: its content, and the beginning of the next value. */
export interface Extent {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** OpenSSL goes 30 levels deep. What is deeper counts as octets that may be anything. */
const deepest = 32;

/**
 * The value at `at`, as OpenSSL finds it: unlike `der.ts` this takes lengths that are longer than they need be. Undefined
 * where there is none that ends before `end`, and for what no certificate has, though OpenSSL would take it: lengths that
 * are left open (X.690 §8.1.3.6), and tags in more than one octet (§8.1.2.4), which may be short ones in disguise.
 */
export function extentAt(octets: Uint8Array, at: number, end: number): Extent | undefined {
  const tag = octets[at];
  if (tag === undefined || at >= end) return undefined;
  let start = at + 2;
  let length = octets[at + 1] ?? 0x80;
  if ((tag & 0x1f) === 0x1f) return undefined;
  if (length >= 0x80) {
    const after = start + length - 0x80;
    if (length === 0x80 || after > end) return undefined;
    for (length = 0; start < after; start += 1) {
      length = length * 256 + (octets[start] ?? 0);
      if (length > octets.length) return undefined;
    }
  }
  return start + length > end ? undefined : { tag, start, end: start + length };
}

/** The values back to back between `start` and `end`; undefined where they do not fit in there, or are more than `most`. */
export function extentsIn(
  octets: Uint8Array,
  { start, end }: Pick<Extent, 'start' | 'end'>,
  most = Infinity,
): readonly Extent[] | undefined {
  const extents: Extent[] = [];
  for (let at = start; at < end;) {
    const extent = extentAt(octets, at, end);
    if (extent === undefined || extents.length === most) return undefined;
    extents.push(extent);
    at = extent.end;
  }
  return extents;
}

/** To write out an object identifier takes a time that grows with the square of its length. */
const longOidOctets = 1_000;

/**
 * Upper bound for the number of values, those within values included. Octets that are no value count as the shortest
 * possible values, and a long object identifier counts as many. Linear in the octets, with bounded recursion.
 */
export function countValues(
  octets: Uint8Array,
  { start, end }: Pick<Extent, 'start' | 'end'>,
  depth = 0,
): number {
  let count = 0;
  for (let at = start; at < end;) {
    const extent = depth > deepest ? undefined : extentAt(octets, at, end);
    if (extent === undefined) return count + Math.ceil((end - at) / 2);
    const isConstructed = (extent.tag & 0x20) !== 0;
    count += 1 + (isConstructed ? countValues(octets, extent, depth + 1) : 0);
    if (extent.tag === 0x06) count += (extent.end - extent.start) ** 2 / longOidOctets;
    at = extent.end;
  }
  return count;
}
