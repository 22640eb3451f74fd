/** How one thing grows with another: the median of the slopes between all pairs of points, which strays do not move. */
export interface Trend {
  readonly slope: number;
  /** Ends of the interval that the slope is in with 95 % certainty. */
  readonly low: number;
  readonly high: number;
  readonly points: number;
}

/**
 * The lowest point of each stretch of so much x, the last unfinished one left out: where a heap is after it was cleaned, if
 * it is cleaned at least once in each. What goes up and down hides no slope there, and pretends none.
 */
export function floorsOf(points: readonly Point[], width: number): readonly Point[] {
  const floors: Point[] = [];
  const from = points[0]?.x ?? 0;
  const whole = Math.floor(((points.at(-1)?.x ?? 0) - from) / width);
  for (let stretch = 0; stretch < whole; stretch += 1) {
    const inside = points.filter(({ x }) => Math.floor((x - from) / width) === stretch);
    const lowest = inside.reduce<Point | undefined>(
      (low, one) => (low && low.y <= one.y ? low : one),
      undefined,
    );
    if (lowest !== undefined) floors.push(lowest);
  }
  return floors;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Theil and Sen; the interval by Kendall's variance (Sen 1968), for which points need no distribution. Undefined below four points. */
export function trendOf(points: readonly Point[]): Trend | undefined {
  const count = points.length;
  const slopes: number[] = [];
  for (const [index, one] of points.entries()) {
    for (const other of points.slice(index + 1)) {
      if (other.x !== one.x) slopes.push((other.y - one.y) / (other.x - one.x));
    }
  }
  if (count < 4 || slopes.length === 0) return undefined;
  slopes.sort((a, b) => a - b);
  const spread = 1.96 * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
  const at = (rank: number): number =>
    slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? Number.NaN;
  return {
    slope: at((slopes.length - 1) / 2),
    low: at((slopes.length - spread) / 2 - 1),
    high: at((slopes.length + spread) / 2),
    points: count,
  };
}
