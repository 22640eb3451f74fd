import type { KitCase } from './case.ts';
import type { CaseVerdict } from './judge-case.ts';
import type { Part } from './part.ts';
import type { Played } from './play.ts';

/** All parts with one mail server, or why it did not play. */
export type Score = PlayedScore | { readonly name: string; readonly skipped: string };

export interface PlayedScore {
  readonly name: string;
  readonly version: string;
  /** By part, and in it by case. */
  readonly results: readonly (readonly Result[])[];
}

export interface Result {
  readonly verdict: CaseVerdict;
  readonly played: Played;
}

/** A case that this machine cannot show. */
export interface MissingCase {
  readonly domain: string;
  readonly why: string;
}

type PartFacts = Pick<Part, 'title' | 'cases' | 'unseen'>;

export const scoreBegin = '<!-- scoreboard: npm run conformance -->';
export const scoreEnd = '<!-- end of the scoreboard -->';

/**
 * What stands between two marks of docs/conformance.md: each case of the first part; of the others, which are the
 * vectors, how many came as expected, and those that did not.
 * @param when where and when it was played
 */
export function scoreboard(parts: readonly PartFacts[], scores: readonly Score[], when: string): string {
  const played = scores.flatMap((score) => ('skipped' in score ? [] : [score]));
  const versions = played.map(({ version }) => version);
  const [first, ...vectors] = parts;
  if (first === undefined) return when;
  const cases = table(
    ['destination', 'what it is', 'expected', ...versions],
    [
      ...first.cases.map((one, at) => [
        `\`${one.domain}\``,
        ...expectedOf(one),
        ...played.map(({ results }) => cellOf(results[0]?.[at])),
      ]),
      ['**all**', '', '', ...played.map(({ results }) => totalOf(results[0] ?? []))],
    ],
  );
  return [when, '', ...cases, ...(vectors.length > 0 ? vectorTables(vectors, played, versions) : [])].join(
    '\n',
  );
}

function vectorTables(
  parts: readonly PartFacts[],
  played: readonly PlayedScore[],
  versions: readonly string[],
): readonly string[] {
  const counts = table(
    ['vectors', 'rows', 'played', ...versions],
    [
      ...parts.map(({ title, cases, unseen }, at) => [
        title,
        `${cases.length + unseen.length}`,
        `${cases.length}`,
        ...played.map(({ results }) => totalOf(results[at + 1] ?? [])),
      ]),
      [
        '**all**',
        `${sum(parts.map(({ cases, unseen }) => cases.length + unseen.length))}`,
        `${sum(parts.map(({ cases }) => cases.length))}`,
        ...played.map(({ results }) => totalOf(results.slice(1).flat())),
      ],
    ],
  );
  const others = parts.flatMap(({ cases }, part) =>
    cases.flatMap((one, at) => {
      const found = played.map(({ results }) => results[part + 1]?.[at]);
      if (found.every((result) => result === undefined || result.verdict === 'as expected')) return [];
      const { what, outcome, knownDifference } = one;
      const words = knownDifference === undefined ? what : `${what} (known: ${knownDifference})`;
      return [[rowOf(one), words, outcome, ...found.map(cellOf)]];
    }),
  );
  const reasons = parts.flatMap(({ unseen }) => unseen).map(({ why }) => why);
  const unseen = [...new Set(reasons)]
    .map((why) => [why, `${reasons.filter((reason) => reason === why).length}`] as const)
    .toSorted(([, one], [, other]) => Number(other) - Number(one));
  return [
    '',
    'The vectors, each row a destination of its own:',
    '',
    ...counts,
    ...(others.length > 0
      ? [
          '',
          'Rows that did not come as expected with all of them:',
          '',
          ...table(['row', 'what it is', 'expected', ...versions], others),
        ]
      : []),
    ...(unseen.length > 0
      ? [
          '',
          'Rows that were not played, by what they turn on:',
          '',
          ...table(['it turns on', 'rows'], unseen),
        ]
      : []),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
}

function expectedOf({ what, outcome }: KitCase): readonly [string, string] {
  return [what, outcome];
}

/** `example.ee-01.test` is of the row `ee-01`. */
function rowOf({ domain }: KitCase): string {
  return `\`${domain.split('.').at(-2) ?? domain}\``;
}

/** Blank for a part that was not played. */
function totalOf(results: readonly Result[]): string {
  if (results.length === 0) return '';
  const count = (wanted: CaseVerdict): number => results.filter(({ verdict }) => verdict === wanted).length;
  return `${count('as expected')} of ${results.length}, ${count('UNSAFE')} unsafe`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
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
export function withScoreboard(page: string, text: string): string {
  const [begin, end] = [page.indexOf(scoreBegin), page.indexOf(scoreEnd)];
  if (begin < 0 || end < begin) throw new Error('the page has no place for the scoreboard');
  return `${page.slice(0, begin + scoreBegin.length)}\n\n${text}\n\n${page.slice(end)}`;
}
