import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cases as demoCases, obstacle } from '../demo/cases.ts';
import { startLab } from '../lab/lab.ts';
import { standardWorld } from '../lab/standard-world.ts';
import { caseOfDemo } from './case.ts';
import { judgeCase } from './judge-case.ts';
import type { MtaAdapter } from './mta.ts';
import { daneRelay } from './mtas/dane-relay.ts';
import { exim } from './mtas/exim.ts';
import { postfix } from './mtas/postfix.ts';
import { readOptions, usage, type KitOptions } from './options.ts';
import type { Part } from './part.ts';
import { playCases } from './play.ts';
import { notPlayed, playedText, scoreboard, withScoreboard, type Result, type Score } from './scoreboard.ts';
import { vectorParts } from './vectors/vector-parts.ts';

/**
 * `npm run conformance [-- NAME...] [-- --write]`: plays the cases and the vectors with each mail server (or with those
 * that are named) in labs of its own, prints the scoreboard, and with `--write` puts it into docs/conformance.md. What is
 * not there is told of in capitals. The exit status is 1 if dane-relay is not as expected, or if a server that was named,
 * or anything that was to be written down, could not be played.
 */

/** npm runs this at the top of the repository. */
const page = 'docs/conformance.md';

const all = [daneRelay, postfix, exim];
const { named, isWritten, part: wantedPart = '' } = options();

/** Those that ask nothing of the settings of a mail server but DANE. */
const asked = demoCases.filter(({ client, level }) => client !== 'report' && level === undefined);
const missingCases = asked.flatMap((one) => {
  const why = obstacle(one);
  return why === undefined ? [] : [{ domain: one.domain, why }];
});
const parts: readonly Part[] = [
  {
    title: 'cases',
    cases: asked.filter((one) => obstacle(one) === undefined).map(caseOfDemo),
    unseen: [],
    world: standardWorld,
  },
  ...vectorParts(Date.now()),
].filter(({ title }) => title.toLowerCase().includes(wantedPart.toLowerCase()));

async function play(adapter: MtaAdapter): Promise<Score> {
  const { name } = adapter;
  const skipped = adapter.obstacle();
  if (skipped !== undefined) return { name, skipped };
  let version = name;
  const results: (readonly Result[])[] = [];
  for (const part of parts) {
    const played = part.cases.length === 0 ? { version, results: [] } : await playPart(adapter, part);
    version = played.version;
    results.push(played.results);
  }
  return { name, version, results };
}

async function playPart(
  adapter: MtaAdapter,
  { cases, world }: Part,
): Promise<{ readonly version: string; readonly results: readonly Result[] }> {
  await using lab = await startLab(await world());
  const mta = await adapter.start(lab);
  try {
    const played = await playCases(mta, lab, cases);
    const results = played.map((one, place) => {
      const wanted = cases[place] ?? never();
      const verdict = judgeCase(wanted, one);
      process.stderr.write(`${adapter.name} ${wanted.domain}: ${verdict} (${playedText(one)})\n`);
      return { verdict, played: one };
    });
    return { version: mta.version, results };
  } finally {
    await mta.stop();
  }
}

/** One that fails keeps the others from nothing. */
async function playOrTell(adapter: MtaAdapter): Promise<Score> {
  try {
    return await play(adapter);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return { name: adapter.name, skipped: 'it failed in the lab' };
  }
}

function never(): never {
  throw new Error('there are as many results as cases');
}

const scores: Score[] = [];
for (const adapter of all) {
  if (named.length === 0 || named.includes(adapter.name.toLowerCase()))
    scores.push(await playOrTell(adapter));
}
const text = scoreboard(parts, scores, `Played on ${new Date().toISOString().slice(0, 10)}, ${system()}.`);
process.stdout.write(`${text}\n`);
const missing = notPlayed(scores, missingCases);
for (const line of missing) process.stderr.write(`${line}\n`);
const isUnlikeExpected = scores.some(
  (score) =>
    score.name === daneRelay.name &&
    ('skipped' in score || score.results.flat().some(({ verdict }) => verdict !== 'as expected')),
);
const isNamedMissing = named.length > 0 && scores.some((score) => 'skipped' in score);
if (isUnlikeExpected || isNamedMissing || (isWritten && missing.length > 0)) process.exitCode = 1;
if (isWritten && missing.length === 0)
  await writeFile(page, withScoreboard(await readFile(page, 'utf8'), text));
else if (isWritten) process.stderr.write(`NOT WRITTEN: ${page} has all of them, or stays as it is\n`);

function options(): KitOptions {
  try {
    return readOptions(
      process.argv.slice(2),
      all.map(({ name }) => name),
    );
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(64);
  }
}

function system(): string {
  const name =
    /^PRETTY_NAME="([^"]*)"/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'an unknown system';
  return `${name}, Node.js ${process.version.slice(1)}`;
}
