import type { SeriesView } from '../../core/series/series-view.ts';
import { svg } from './dom.ts';
import { clock, day, rate } from './format.ts';

/** The five words of a connection, as they are drawn: the most trusted first. */
export const words = ['verified', 'trusted', 'untrusted', 'anonymous', 'clear'] as const;
export type Word = (typeof words)[number];
export const names: Readonly<Record<Word, string>> = {
  verified: 'Verified',
  trusted: 'Trusted',
  untrusted: 'Untrusted',
  anonymous: 'Anonymous',
  clear: 'in clear',
};

const DAY = 86_400_000;
const height = 208;
const margin = { left: 34, right: 6, top: 8, bottom: 20 };

export interface Chart {
  readonly picture: SVGSVGElement;
  /** The step at this place from the left of the picture, in CSS pixels. */
  stepAt(x: number): number;
  /** Draws a line at a step; none for undefined. */
  point(step: number | undefined): void;
}

/** Connections per minute, drawn `width` pixels wide. */
export function drawChart(view: SeriesView, width: number): Chart {
  const { counts, stepMs } = view;
  const steps = counts.verified.length;
  const perMinute = stepMs / 60_000;
  const most = Math.max(...words.flatMap((word) => counts[word])) / perMinute;
  const top = niceTop(most);
  const [plotWidth, plotHeight] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  const x = (step: number): number => round(margin.left + (plotWidth * step) / Math.max(1, steps - 1));
  const y = (value: number): number => round(margin.top + plotHeight * (1 - value / top));
  const bottom = margin.top + plotHeight;

  const picture = svg('svg', {
    class: 'chart',
    role: 'img',
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none',
    'aria-label': sentence(view),
  });
  for (const value of [0, top / 2, top]) {
    picture.append(
      svg('line', { class: 'grid', x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value) }),
      svg('text', { x: margin.left - 6, y: y(value) + 4, 'text-anchor': 'end' }, rate(value)),
    );
  }
  for (const { step, text } of ticks(view, width))
    picture.append(svg('text', { x: x(step), y: height - 5, 'text-anchor': 'middle' }, text));
  for (const [from, to] of shaded(view)) {
    picture.append(
      svg('rect', {
        class: 'shade',
        x: x(from - 0.5),
        y: margin.top,
        width: Math.max(2, x(to + 0.5) - x(from - 0.5)),
        height: plotHeight,
      }),
    );
  }
  for (const word of words.toReversed()) {
    if (!counts[word].some((count) => count > 0)) continue;
    const line = counts[word].map((count, step) => `${x(step)} ${y(count / perMinute)}`).join('L');
    if (word === 'verified')
      picture.append(
        svg('path', { class: 'area verified', d: `M${x(0)} ${bottom}L${line}L${x(steps - 1)} ${bottom}Z` }),
      );
    picture.append(svg('path', { class: `curve ${word}`, d: `M${line}` }));
  }
  const cursor = svg('line', { class: 'cursor', y1: margin.top, y2: bottom, visibility: 'hidden' });
  picture.append(cursor);

  return {
    picture,
    stepAt: (at) =>
      Math.max(0, Math.min(steps - 1, Math.round(((at - margin.left) / plotWidth) * (steps - 1)))),
    point(step) {
      cursor.setAttribute('visibility', step === undefined ? 'hidden' : 'visible');
      for (const end of ['x1', 'x2']) cursor.setAttribute(end, String(x(step ?? 0)));
    },
  };
}

/** Round moments of the reader's clock: the first step of each. */
function ticks(
  { span, counts, fromMs, stepMs }: SeriesView,
  width: number,
): readonly { step: number; text: string }[] {
  const isNarrow = width < 600;
  const unitOf = (ms: number): number => {
    const at = new Date(ms);
    if (span === 'hour') return Math.floor(at.getMinutes() / 10);
    if (span === 'day') return Math.floor(at.getHours() / (isNarrow ? 6 : 3));
    if (span === 'week') return isNarrow ? Math.floor(ms / (2 * DAY)) : at.getDate();
    return isNarrow ? Math.floor(at.getMonth() / 3) : at.getMonth();
  };
  return counts.verified.flatMap((_, step) => {
    const at = fromMs + step * stepMs;
    // A text at the very edge would be cut off.
    const isAtEdge = step < counts.verified.length * 0.02 || step > counts.verified.length * 0.97;
    if (isAtEdge || unitOf(at) === unitOf(at - stepMs)) return [];
    return [{ step, text: span === 'hour' || span === 'day' ? clock(at) : day(at) }];
  });
}

/** What the picture shows, for those who do not see it. */
export function sentence({ span, counts }: SeriesView): string {
  const parts = words.map((word) => `${names[word]} ${total(counts[word])}`);
  const lost = total(counts.unvalidated);
  const shade = lost === 0 ? '' : ` For ${lost} minutes of it the resolver did not validate.`;
  return `Outgoing connections over the last ${span}: ${parts.join(', ')}.${shade} The table below has the numbers.`;
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, one) => sum + one, 0);
}

/** Stretches of steps in which the resolver did not validate, or no mail was taken. */
function shaded({ counts }: SeriesView): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const [step, count] of counts.unvalidated.entries()) {
    if (count + (counts.refusing[step] ?? 0) === 0) continue;
    const last = found.at(-1);
    if (last !== undefined && last[1] === step - 1) last[1] = step;
    else found.push([step, step]);
  }
  return found;
}

/** The next round number whose half is one as well. */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((one) => one >= most) ?? 1;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
