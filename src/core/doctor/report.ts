import { printable } from '../mail/printable.ts';
import { exitCodeOf, worstOf, type Finding, type FindingState } from './finding.ts';

/** The page that explains each finding, under its id. */
const page = 'docs/doctor.md';

const colours: Readonly<Record<FindingState, string>> = {
  ok: '\x1b[32m',
  warn: '\x1b[33m',
  FAIL: '\x1b[1;31m',
  skip: '\x1b[2m',
};
const plain = '\x1b[0m';
const indent = ' '.repeat(6);

/** The lines of a finding: what was found, what to do, what it means now, where more is said. */
export function findingLines(
  { state, text, todo, effect, id }: Finding,
  isColoured: boolean,
): readonly string[] {
  const word = state.padEnd(4);
  const shown = isColoured ? `${colours[state]}${word}${plain}` : word;
  const more = [
    ...todo.map((one) => `do: ${one}`),
    ...(effect === undefined ? [] : [`effect: ${effect}`]),
    ...(state === 'ok' ? [] : [`see: ${page}#${id}`]),
  ];
  return [`${shown}  ${printable(text)}`, ...more.map((line) => `${indent}${printable(line)}`)];
}

/** `2 findings fail, 1 warns, 9 are well` */
export function summaryLine(findings: readonly Finding[]): string {
  const count = (wanted: FindingState): number => findings.filter(({ state }) => state === wanted).length;
  const parts = [
    part(count('FAIL'), 'fails', 'fail'),
    part(count('warn'), 'warns', 'warn'),
    part(count('skip'), 'was not judged', 'were not judged'),
    part(count('ok'), 'is well', 'are well'),
  ].filter((one) => one !== '');
  return `${parts.join(', ')}${exitCodeOf(findings) === 2 ? ': nothing could be judged' : ''}`;
}

function part(number: number, one: string, many: string): string {
  return number === 0 ? '' : `${number} ${number === 1 ? one : many}`;
}

export interface Examined {
  readonly version: string;
  readonly hostname: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly findings: readonly Finding[];
}

/** The whole as docs/schemas/doctor.schema.json describes it. */
export function examinedJson({ version, hostname, at, findings }: Examined): string {
  return JSON.stringify({
    schema: 1,
    version,
    hostname,
    at: new Date(at).toISOString(),
    state: worstOf(findings).toLowerCase(),
    exitCode: exitCodeOf(findings),
    findings: findings.map(({ check, id, state, text, todo, effect }) => ({
      check,
      id,
      state: state.toLowerCase(),
      text: printable(text),
      todo: todo.map(printable),
      ...(effect === undefined ? {} : { effect: printable(effect) }),
      see: `${page}#${id}`,
    })),
  });
}
