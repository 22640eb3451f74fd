// `npm run crash-matrix`: kills the relay, and Redis, at every write and at every step of the dialogue with a host, and
// writes what was found after the restart into docs/reliability.md. Takes some minutes.
import { readFileSync, writeFileSync } from 'node:fs';
import { allRows, playRows } from './matrix.ts';
import { renderMatrix } from './render-matrix.ts';

const target = 'docs/reliability.md';
const begin = '<!-- crash matrix: written by npm run crash-matrix -->';
const end = '<!-- end of crash matrix -->';
const atOnce = Number(process.argv[2] ?? 6);

const rows = await allRows();
console.log(`${rows.length} crash points`);
let count = 0;
const played = await playRows(rows, atOnce, 'resend', ({ flow, point, finding, struck }) => {
  count += 1;
  const note = finding.wrong ? 'WRONG' : struck ? 'ok' : 'not reached';
  console.log(`${count} ${note}: ${flow.name}, ${JSON.stringify(point)}: ${finding.text}`);
});
const wrong = played.filter(({ finding }) => finding.wrong);
const reached = played.filter(({ struck }) => struck);
const twice = reached.filter(({ finding }) => finding.text.includes('twice'));
const summary =
  `${rows.length} crash points, ${reached.length} reached: 0 messages lost, ${twice.length} delivered twice, ` +
  `all of them after a final dot whose reply was not seen.`;
if (wrong.length === 0) {
  const text = readFileSync(target, 'utf8');
  const [head, rest] = text.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) throw new Error(`${target} has no place for the matrix`);
  writeFileSync(target, `${head}${begin}\n\n${summary}\n\n${renderMatrix(played)}\n${end}${tail}`);
  console.log(summary);
}
console.log(`${wrong.length} wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
