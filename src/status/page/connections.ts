import type { SeriesSpan, SeriesView } from '../../core/series/series-view.ts';
import { get } from './api.ts';
import { drawChart, names, total, words, type Chart } from './chart.ts';
import { button, byId, el, replace, svg } from './dom.ts';
import { clock, count, day, rate } from './format.ts';

const spans: readonly SeriesSpan[] = ['hour', 'day', 'week', 'year'];
/** Shorter spans change sooner. */
const FETCH_EVERY_MS = { hour: 5_000, day: 30_000, week: 60_000, year: 60_000 };

let span: SeriesSpan = 'day';
let view: SeriesView | undefined;
let fetchedAt = 0;
let underWay = false;

/** Draws the chart, and anew when its size changes. */
export function startConnections(): void {
  replace(
    byId('spans'),
    ...spans.map((one) => {
      const choice = button(one, `span-${one}`, () => choose(one));
      choice.setAttribute('aria-pressed', String(one === span));
      return choice;
    }),
  );
  new ResizeObserver(() => draw()).observe(byId('chart'));
  void refresh(true);
}

/** The relay has news: the series may have some as well. */
export async function refresh(now = false): Promise<void> {
  if (underWay || (!now && Date.now() - fetchedAt < FETCH_EVERY_MS[span])) return;
  underWay = true;
  const wanted = span;
  try {
    const found = await get<SeriesView>(`/api/series?span=${wanted}`);
    fetchedAt = Date.now();
    if (wanted === span) view = found;
    draw();
    fillTable();
  } catch {
    // The next news tries again.
  }
  underWay = false;
  if (wanted !== span) await refresh(true);
}

function choose(wanted: SeriesSpan): void {
  span = wanted;
  for (const choice of byId('spans').querySelectorAll('button'))
    choice.setAttribute('aria-pressed', String(choice.textContent === span));
  void refresh(true);
}

let drawn = '';

function draw(): void {
  const place = byId('chart');
  const width = Math.floor(place.clientWidth);
  if (view === undefined || width < 50) return;
  const now = `${width} ${JSON.stringify(view)}`;
  if (now === drawn) return;
  drawn = now;
  const chart = drawChart(view, width);
  replace(place, chart.picture);
  readAt(chart, view);
  const shown = view;
  replace(
    byId('legend'),
    ...words.map((word) =>
      el(
        'li',
        { 'data-word': word, 'data-total': total(shown.counts[word]) },
        svg(
          'svg',
          { 'aria-hidden': 'true', viewBox: '0 0 30 10' },
          svg('path', { class: `curve ${word}`, d: 'M0 5H30' }),
        ),
        names[word],
        el('b', {}, count(total(shown.counts[word]))),
      ),
    ),
  );
  byId('readout').textContent = whole(view);
}

function whole({ counts, span }: SeriesView): string {
  const lost = total(counts.unvalidated);
  const shade = lost === 0 ? '' : ` Shaded: the resolver did not validate, ${lost} min.`;
  const refused = total(counts.refusing);
  const full = refused === 0 ? '' : ` Shaded: no mail was taken, ${refused} min.`;
  const mail = `${count(total(counts.sent))} sent, ${count(total(counts.deferred))} deferred, ${count(total(counts.bounced))} returned`;
  return `Per minute, the last ${span}: ${mail}.${shade}${full}`;
}

/** Shows the numbers of the step under the pointer. */
function readAt(chart: Chart, { counts, fromMs, stepMs, span }: SeriesView): void {
  chart.picture.addEventListener('pointermove', (event) => {
    const step = chart.stepAt(event.offsetX);
    chart.point(step);
    const parts = words.map((word) => `${names[word]} ${counts[word][step] ?? 0}`);
    byId('readout').textContent = `${time(fromMs + step * stepMs, span)}: ${parts.join(', ')}`;
  });
  chart.picture.addEventListener('pointerleave', () => {
    chart.point(undefined);
    if (view !== undefined) byId('readout').textContent = whole(view);
  });
}

function time(ms: number, span: SeriesSpan): string {
  return span === 'hour' || span === 'day'
    ? clock(ms)
    : span === 'year'
      ? day(ms)
      : `${day(ms)} ${clock(ms)}`;
}

function fillTable(): void {
  if (view === undefined) return;
  const { counts, fromMs, stepMs, span } = view;
  const perMinute = stepMs / 60_000;
  const cells = (of: (list: readonly number[]) => string): readonly HTMLElement[] =>
    words.map((word) => el('td', { class: 'number' }, of(counts[word])));
  const row = (head: string, of: (list: readonly number[]) => string): HTMLElement =>
    el('tr', {}, el('th', { scope: 'row' }, head), ...cells(of));
  const steps = counts.verified
    .map((_, step) => step)
    .filter((step) => words.some((word) => (counts[word][step] ?? 0) > 0))
    .toReversed();
  replace(
    byId('series-table'),
    el(
      'table',
      {},
      el('caption', { class: 'unseen' }, `Outgoing connections, the last ${span}`),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', { scope: 'col' }, 'from'),
          ...words.map((word) => el('th', { scope: 'col', class: 'number' }, names[word])),
        ),
      ),
      el(
        'tbody',
        {},
        row('total', (list) => count(total(list))),
        row('average per minute', (list) => rate(total(list) / list.length / perMinute)),
        row('most per minute', (list) => rate(Math.max(...list) / perMinute)),
        ...steps.map((step) => row(time(fromMs + step * stepMs, span), (list) => count(list[step] ?? 0))),
      ),
    ),
  );
}
