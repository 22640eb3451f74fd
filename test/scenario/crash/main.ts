// `npm run crash-matrix`: kills the relay, Redis, and commands of the operator at every write and at every step of the
// dialogue with a host, cuts off drains, and writes what was found after the restart into docs/reliability.md. Takes some
// minutes. With `-- PLACES 3/10 DIRECTORY` a tenth is played and kept in the directory, and what is written is made of
// all ten once they are there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scripts } from '../../../src/queue/scripts/scripts.ts';
import { allCuts, playCut, type Cut } from './drain-cuts.ts';
import { flows } from './flows.ts';
import { allRows, playRows, type PlayedRow, type Row } from './matrix.ts';
import { renderCuts, renderMatrix, type CutRow } from './render-matrix.ts';
import { scriptsElsewhere } from './script-names.ts';

const target = 'docs/reliability.md';
const begin = '<!-- crash matrix: written by npm run crash-matrix -->';
const end = '<!-- end of crash matrix -->';
const atOnce = Number(process.argv[2] ?? 6);
const [nth = 1, of = 1] = (process.argv[3] ?? '1/1').split('/').map(Number);
const directory = process.argv[4];
const memory = new Map<string, Points | Found>();

interface Points {
  readonly rows: readonly Row[];
  readonly cuts: readonly Cut[];
}
interface Found {
  readonly rows: readonly PlayedRow[];
  readonly cuts: readonly CutRow[];
}

const points = await kept('points', async (): Promise<Points> => {
  return { rows: await allRows(), cuts: await allCuts() };
});
const { rows, cuts } = points;
console.log(`${rows.length} crash points, ${cuts.length} cuts of a drain, part ${nth} of ${of}`);
await kept(`part-${nth}`, async (): Promise<Found> => ({
  rows: await playPart(partOf(rows)),
  cuts: await cutPart(partOf(cuts)),
}));
const parts = Array.from({ length: of }, (_, place) => part(`part-${place + 1}`));
const known = parts.filter((one) => one !== undefined);
if (known.length < of) console.log(`${known.length} of ${of} parts are known`);
else finish({ rows: inTurn(known.map((one) => one.rows)), cuts: inTurn(known.map((one) => one.cuts)) });

function partOf<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, place) => place % of === nth - 1);
}

/** The other way round. */
function inTurn<T>(all: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(...all.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) =>
    all.flatMap((one) => one.slice(place, place + 1)),
  ).flat();
}

async function playPart(some: readonly Row[]): Promise<readonly PlayedRow[]> {
  let count = 0;
  return playRows(some, atOnce, 'resend', ({ flow, point, finding, struck }) => {
    count += 1;
    const note = finding.wrong ? 'WRONG' : struck ? 'ok' : 'not reached';
    console.log(`${count} ${note}: ${flow.name}, ${JSON.stringify(point)}: ${finding.text}`);
  });
}

async function cutPart(some: readonly Cut[]): Promise<readonly CutRow[]> {
  const found: CutRow[] = [];
  const waiting = [...some];
  await Promise.all(
    Array.from({ length: Math.ceil(atOnce / 2) }, async () => {
      for (let cut = waiting.shift(); cut !== undefined; cut = waiting.shift()) {
        const played = await playCut(cut);
        found.push({ cut, played });
        const note = played.wrong.length > 0 ? 'WRONG' : played.struck ? 'ok' : 'not reached';
        console.log(`${note}: ${JSON.stringify(cut)}: ${played.wrong.join('; ')}`);
      }
    }),
  );
  return found.toSorted((one, other) => some.indexOf(one.cut) - some.indexOf(other.cut));
}

function finish({ rows: played, cuts: cutRows }: Found): void {
  const met = new Set([
    ...rows.flatMap(({ point }) => (point.kind === 'write' ? [point.at.name] : [])),
    ...cuts.map(({ at }) => at.name),
  ]);
  const unmet = Object.keys(scripts).filter((name) => !met.has(name) && scriptsElsewhere[name] === undefined);
  if (unmet.length > 0) console.log(`at these nothing is cut off, and nobody says why: ${unmet.join(', ')}`);
  const wrong = [
    ...played.filter(({ finding }) => finding.wrong),
    ...cutRows.filter((row) => row.played.wrong.length > 0),
    ...unmet,
  ];
  const reached = played.filter(({ struck }) => struck);
  const reachedCuts = cutRows.filter((row) => row.played.struck);
  const twice = reached.filter(({ finding }) => finding.text.includes('twice'));
  const summary =
    `${rows.length} crash points, ${reached.length} reached: 0 messages lost, ${twice.length} delivered twice, ` +
    `all of them after a final dot whose reply was not seen. ${cuts.length} more in a drain, ${reachedCuts.length} reached: ` +
    `each message in one queue, and unchanged.`;
  if (wrong.length === 0) {
    const text = readFileSync(target, 'utf8');
    const [head, rest] = text.split(begin);
    const tail = rest?.split(end)[1];
    if (head === undefined || tail === undefined) throw new Error(`${target} has no place for the matrix`);
    const tables = `${renderMatrix(played)}\n${renderCuts(cutRows)}`;
    writeFileSync(target, `${head}${begin}\n\n${summary}\n\n${tables}\n${end}${tail}`);
    console.log(summary);
  }
  console.log(`${wrong.length} wrong`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

function part(name: string): Found | undefined {
  if (directory === undefined) return memory.get(name) as Found | undefined;
  const file = join(directory, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8'), revive) as Found) : undefined;
}

/** What was found before in that directory, or is found now and kept there. */
async function kept<T extends Points | Found>(name: string, find: () => Promise<T>): Promise<T> {
  const before = part(name) as T | undefined;
  if (before !== undefined) return before;
  const found = await find();
  memory.set(name, found);
  if (directory === undefined) return found;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(found));
  return found;
}

/** A flow has functions: it is found again by its name. */
function revive(key: string, value: unknown): unknown {
  if (key !== 'flow') return value;
  const { name } = value as { readonly name: string };
  return flows.find((flow) => flow.name === name);
}
