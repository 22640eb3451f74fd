import { seriesWords, type SeriesSpan, type SeriesView, type SeriesWord } from './series-view.ts';

/** How many of what happened when, for a year: rings of slots, coarser the further back they reach. */

const MINUTE = 60_000;

/** A day of minutes, a week of ten minutes, a year of quarters of days. */
const rings = [
  { slotMs: MINUTE, slots: 1440 },
  { slotMs: 10 * MINUTE, slots: 1008 },
  { slotMs: 360 * MINUTE, slots: 1464 },
] as const;

/** Which ring a span is read from, how many steps it has, and how many slots a step. */
const views: Readonly<Record<SeriesSpan, { ring: 0 | 1 | 2; steps: number; slots: number }>> = {
  hour: { ring: 0, steps: 60, slots: 1 },
  day: { ring: 0, steps: 288, slots: 5 },
  week: { ring: 1, steps: 336, slots: 3 },
  year: { ring: 2, steps: 366, slots: 4 },
};

export interface Series {
  /** Counts `count` of them at that time, epoch ms. A time before the last one counts as the last one. */
  add(word: SeriesWord, atMs: number, count?: number): void;
  view(span: SeriesSpan, nowMs: number): SeriesView;
  /** When the latest of these words was counted, as exactly as is still known; undefined if never. Epoch ms. */
  latest(words: readonly SeriesWord[]): number | undefined;
  /** All of it, in less than 200 KB. */
  store(): Buffer;
}

interface Ring {
  readonly slotMs: number;
  readonly slots: number;
  /** Number of the latest slot since 1970. */
  latest: number;
  /** Those of a slot lie together, in the order of `seriesWords`. */
  readonly counts: Uint32Array;
}

const FORM = 1;

/** @param stored what `store` made once; what cannot be read begins anew */
export function createSeries(stored?: Buffer): Series {
  const all: Ring[] = rings.map(({ slotMs, slots }) => ({
    slotMs,
    slots,
    latest: 0,
    counts: new Uint32Array(slots * seriesWords.length),
  }));
  if (stored !== undefined) restore(all, stored);

  return {
    add(word, atMs, count = 1) {
      for (const ring of all) {
        advance(ring, atMs);
        const place = (ring.latest % ring.slots) * seriesWords.length + seriesWords.indexOf(word);
        ring.counts[place] = Math.min((ring.counts[place] ?? 0) + count, 0xffff_ffff);
      }
    },
    view(span, nowMs) {
      const { ring: number, steps, slots } = views[span];
      const ring = all[number];
      if (ring === undefined) throw new Error(`no ring for ${span}`);
      const stepMs = ring.slotMs * slots;
      const last = Math.floor(nowMs / stepMs);
      const first = last - steps + 1;
      const counts = seriesWords.map((word, nth) => [
        word,
        Array.from({ length: steps }, (_, step) => sumOf(ring, (first + step) * slots, slots, nth)),
      ]);
      return {
        span,
        fromMs: first * stepMs,
        stepMs,
        counts: Object.fromEntries(counts) as SeriesView['counts'],
      };
    },
    latest(words) {
      const places = words.map((word) => seriesWords.indexOf(word));
      for (const { latest, slots, slotMs, counts } of all) {
        for (let slot = latest; slot > latest - slots && slot > 0; slot -= 1) {
          const begin = (slot % slots) * seriesWords.length;
          if (places.some((place) => (counts[begin + place] ?? 0) > 0)) return slot * slotMs;
        }
      }
      return undefined;
    },
    store() {
      const head = { form: FORM, words: seriesWords, latest: all.map(({ latest }) => latest) };
      const body = all.map(({ counts }) => Buffer.from(counts.buffer, counts.byteOffset, counts.byteLength));
      return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...body]);
    },
  };
}

/** Empties what lies between the latest slot and that of now. */
function advance(ring: Ring, atMs: number): void {
  const now = Math.floor(atMs / ring.slotMs);
  if (now <= ring.latest) return;
  const empty = Math.min(now - ring.latest, ring.slots);
  for (let slot = now - empty + 1; slot <= now; slot += 1) {
    const begin = (slot % ring.slots) * seriesWords.length;
    ring.counts.fill(0, begin, begin + seriesWords.length);
  }
  ring.latest = now;
}

function sumOf({ latest, slots: size, counts }: Ring, first: number, slots: number, word: number): number {
  let sum = 0;
  for (let slot = Math.max(first, latest - size + 1); slot < first + slots && slot <= latest; slot += 1)
    sum += counts[(slot % size) * seriesWords.length + word] ?? 0;
  return sum;
}

function restore(all: readonly Ring[], stored: Buffer): void {
  const end = stored.indexOf(0x0a);
  let head: { form?: unknown; words?: unknown; latest?: unknown };
  try {
    head = JSON.parse(stored.toString('utf8', 0, Math.max(end, 0))) as typeof head;
  } catch {
    return;
  }
  const { form, words, latest } = head;
  const length = all.reduce((sum, { slots }) => sum + slots, 0);
  if (form !== FORM || !Array.isArray(words) || !Array.isArray(latest) || latest.length !== all.length)
    return;
  if (!latest.every((one) => Number.isSafeInteger(one) && one >= 0)) return;
  if (stored.length - end - 1 !== length * words.length * 4) return;
  let offset = end + 1;
  for (const [nth, ring] of all.entries()) {
    ring.latest = Number(latest[nth]);
    for (let slot = 0; slot < ring.slots; slot += 1) {
      for (const word of words) {
        const place = seriesWords.indexOf(word as SeriesWord);
        // A word that another version counts is passed over.
        if (place !== -1) ring.counts[slot * seriesWords.length + place] = stored.readUInt32LE(offset);
        offset += 4;
      }
    }
  }
}
