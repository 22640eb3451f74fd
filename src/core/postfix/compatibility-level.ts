const shape = /^\d{1,9}(?:\.\d{1,9}){0,2}$/;

/** A value of `compatibility_level`, such as `2`, `3.6` or `3.6.1`. */
export function isLevel(text: string): boolean {
  return shape.test(text);
}

/** Negative if the left one is the older. */
export function compareLevels(left: string, right: string): number {
  const [one, other] = [left, right].map((text) => text.split('.').map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (one?.[at] ?? 0) - (other?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
