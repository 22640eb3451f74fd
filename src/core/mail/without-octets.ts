/** Octets of a text, from the first that counts to the first that no longer does. */
export interface Octets {
  readonly from: number;
  readonly to: number;
}

/** A text in pieces without some of its octets. @param cuts in order, none within another */
export async function* withoutOctets(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  cuts: readonly Octets[],
): AsyncGenerator<Uint8Array> {
  let begins = 0;
  for await (const piece of pieces) {
    const ends = begins + piece.length;
    let at = begins;
    for (const { from, to } of cuts) {
      if (to <= at || from >= ends) continue;
      if (from > at) yield piece.subarray(at - begins, from - begins);
      at = Math.min(to, ends);
    }
    if (at < ends) yield piece.subarray(at - begins);
    begins = ends;
  }
}
