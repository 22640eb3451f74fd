import type { KitCase } from './case.ts';
import type { CaseVerdict } from './judge-case.ts';
import type { Played } from './play.ts';

/** All cases with one mail server, or why it did not play. */
export type Score =
  | { readonly name: string; readonly version: string; readonly results: readonly Result[] }
  | { readonly name: string; readonly skipped: string };

export interface Result {
  readonly verdict: CaseVerdict;
  readonly played: Played;
}

/** A case that this machine cannot show. */
export interface MissingCase {
  readonly domain: string;
  readonly why: string;
}

export const scoreBegin = '<!-- scoreboard: npm run conformance -->';
export const scoreEnd = '<!-- end of the scoreboard -->';

/** The table between two marks of docs/conformance.md. @param when where and when it was played */
export function scoreboard(cases: readonly KitCase[], scores: readonly Score[], when: string): string {
  const played = scores.flatMap((score) => ('skipped' in score ? [] : [score]));
  const rows = cases.map(({ domain, what, outcome }, at) => [
    `\`${domain}\``,
    what,
    outcome,
    ...played.map(({ results }) => cellOf(results[at])),
  ]);
  const totals = played.map(({ results }) => {
    const count = (wanted: CaseVerdict): number => results.filter(({ verdict }) => verdict === wanted).length;
    return `${count('as expected')} of ${cases.length}, ${count('UNSAFE')} unsafe`;
  });
  const lines = [
    ['destination', 'what it is', 'expected', ...played.map(({ version }) => version)],
    ['---', '---', '---', ...played.map(() => '---')],
    ...rows,
    ['**all**', '', '', ...totals],
  ].map((cells) => `| ${cells.join(' | ')} |`);
  return [when, '', ...lines].join('\n');
}

/** A line for each mail server and each case that was not played; the scoreboard is written only if there is none. */
export function notPlayed(scores: readonly Score[], missing: readonly MissingCase[]): readonly string[] {
  return [
    ...scores.flatMap((score) =>
      'skipped' in score ? [`NOT PLAYED: ${score.name}: ${score.skipped}.`] : [],
    ),
    ...missing.map(({ domain, why }) => `NOT PLAYED: ${domain}: ${why}.`),
  ];
}

function cellOf(result: Result | undefined): string {
  if (result === undefined) return '';
  const { verdict, played } = result;
  return verdict === 'as expected' ? verdict : `${verdict} (${playedText(played)})`;
}

/** `waits, 0 mails came` */
export function playedText({ outcome, mails, astray, inClear }: Played): string {
  const strayed = astray > 0 ? `, ${astray} where none may come` : '';
  return `${outcome}, ${mails} ${mails === 1 ? 'mail' : 'mails'} came${strayed}${inClear ? ' in clear' : ''}`;
}

/** The page with another table. Throws if it has no marks. */
export function withScoreboard(page: string, table: string): string {
  const [begin, end] = [page.indexOf(scoreBegin), page.indexOf(scoreEnd)];
  if (begin < 0 || end < begin) throw new Error('the page has no place for the scoreboard');
  return `${page.slice(0, begin + scoreBegin.length)}\n\n${table}\n\n${page.slice(end)}`;
}
