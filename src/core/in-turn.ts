/** One of each list, then the next of each, until all are there. */
export function inTurn<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  const all: T[] = [];
  for (let at = 0; at < longest; at += 1) {
    for (const list of lists) all.push(...list.slice(at, at + 1));
  }
  return all;
}
