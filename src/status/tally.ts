import type { Counter, Gauge } from 'prom-client';

/**
 * Counts by a few words, at the cost of an addition: it happens many times for each message, and nobody looks more often
 * than every few seconds. What is not among the words counts as the last of them, so that no text from outside ever
 * makes a series.
 */
export class Tally {
  readonly #words: readonly (readonly string[])[];
  readonly #places: readonly ReadonlyMap<string, number>[];
  readonly #counts: Float64Array;

  /** @param words for each of up to four labels, in the order of `add`; they are all that there will ever be */
  constructor(...words: readonly (readonly string[])[]) {
    this.#words = words;
    this.#places = words.map((some) => new Map(some.map((word, place) => [word, place])));
    this.#counts = new Float64Array(words.reduce((product, { length }) => product * length, 1));
  }

  /** Counts one more with these words. */
  add(first = '', second = '', third = '', fourth = ''): void {
    let at = this.#place(0, 0, first);
    const labels = this.#words.length;
    if (labels > 1) at = this.#place(at, 1, second);
    if (labels > 2) at = this.#place(at, 2, third);
    if (labels > 3) at = this.#place(at, 3, fourth);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** The place of a further word behind that of those before it. */
  #place(before: number, label: number, word: string): number {
    const size = this.#words[label]?.length ?? 1;
    return before * size + (this.#places[label]?.get(word) ?? size - 1);
  }

  /** Shows what was counted. Without `all`, what never happened is not shown. */
  show(metric: Counter | Gauge, labels: readonly string[], all = false): void {
    metric.reset();
    for (const [at, count] of this.#counts.entries()) {
      if (count > 0 || all) metric.inc(this.#labelsAt(at, labels), count);
    }
  }

  #labelsAt(at: number, labels: readonly string[]): Record<string, string> {
    const found: string[] = [];
    let rest = at;
    for (let label = this.#words.length - 1; label >= 0; label -= 1) {
      const words = this.#words[label] ?? [];
      found[label] = words[rest % words.length] ?? '';
      rest = Math.floor(rest / words.length);
    }
    return Object.fromEntries(labels.map((label, place) => [label, found[place] ?? '']));
  }
}
