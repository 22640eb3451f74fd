/** Things by what they have in common, in the order in which they come. */
export function inGroups<T>(
  things: readonly T[],
  common: (thing: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const name = common(thing);
    groups.set(name, [...(groups.get(name) ?? []), thing]);
  }
  return groups;
}
