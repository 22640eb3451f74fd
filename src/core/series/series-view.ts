/**
 * What is counted. Connections by what was proved about the host, `clear` without TLS; recipients by outcome; messages
 * taken; and minutes in which the resolver did not validate, or no mail was taken.
 */
export const seriesWords = [
  'verified',
  'trusted',
  'untrusted',
  'anonymous',
  'clear',
  'sent',
  'deferred',
  'bounced',
  'taken',
  'unvalidated',
  'refusing',
] as const;
export type SeriesWord = (typeof seriesWords)[number];

export const seriesSpans = ['hour', 'day', 'week', 'year'] as const;
export type SeriesSpan = (typeof seriesSpans)[number];

/** What a chart draws: `counts[word][n]` of the step that begins at `fromMs + n * stepMs`. The last step is under way. */
export interface SeriesView {
  readonly span: SeriesSpan;
  readonly fromMs: number;
  readonly stepMs: number;
  readonly counts: Readonly<Record<SeriesWord, readonly number[]>>;
}
