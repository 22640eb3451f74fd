import { expectedOutcome, type CaseVerdict, type Played } from './play.ts';
import type { Case } from '../demo/cases.ts';

/** All cases with one mail server, or why it did not play. */
export type Score =
  | { readonly name: string; readonly version: string; readonly results: readonly Result[] }
  | { readonly name: string; readonly skipped: string };

export interface Result {
  readonly verdict: CaseVerdict;
  readonly played: Played;
}

export const scoreBegin = '<!-- scoreboard: npm run conformance -->';
export const scoreEnd = '<!-- end of the scoreboard -->';

/** The table between two marks of docs/conformance.md. @param when where and when it was played */
export function scoreboard(cases: readonly Case[], scores: readonly Score[], when: string): string {
  const played = scores.flatMap((score) => ('skipped' in score ? [] : [score]));
  const rows = cases.map(({ domain, what, expected }, at) => [
    `\`${domain}\``,
    what,
    expectedOutcome(expected.outcome),
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
  const skipped = scores.flatMap((score) =>
    'skipped' in score ? [`NOT PLAYED: ${score.name}: ${score.skipped}.`] : [],
  );
  return [when, '', ...lines, ...(skipped.length > 0 ? ['', ...skipped] : [])].join('\n');
}

function cellOf(result: Result | undefined): string {
  if (result === undefined) return '';
  const { verdict, played } = result;
  return verdict === 'as expected' ? verdict : `${verdict} (${playedText(played)})`;
}

/** `waits, 0 mails came` */
export function playedText({ outcome, mails, inClear }: Played): string {
  return `${outcome}, ${mails} ${mails === 1 ? 'mail' : 'mails'} came${inClear ? ' in clear' : ''}`;
}

/** The page with another table. Throws if it has no marks. */
export function withScoreboard(page: string, table: string): string {
  const [begin, end] = [page.indexOf(scoreBegin), page.indexOf(scoreEnd)];
  if (begin < 0 || end < begin) throw new Error('the page has no place for the scoreboard');
  return `${page.slice(0, begin + scoreBegin.length)}\n\n${table}\n\n${page.slice(end)}`;
}
