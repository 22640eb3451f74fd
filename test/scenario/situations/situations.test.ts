import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../support/run-command.ts';
import type { RunningRelay } from '../../support/running-relay.ts';
import { section, withSituations, written } from './page.ts';
import { plainOutput } from './plain-output.ts';
import { placesOf, stage, startShared, type Stage } from './scenes.ts';
import { situations, type Situation } from './situations.ts';
import { startTroubleLab, type TroubleLab } from './world.ts';

/**
 * The situations of docs/operating.md: each is brought about, what the page says is typed, and what is printed is what the
 * page shows. `npm run docs:situations` writes it there.
 */

const page = join(import.meta.dirname, '../../../docs/operating.md');
const isWriting = process.env['WRITE_SITUATIONS'] === '1';
const shownId = '4jX6Z215f0zwqHvm';
let world: TroubleLab;
let shared: RunningRelay;
const made: string[] = [];

beforeAll(async () => {
  world = await startTroubleLab();
  shared = await startShared(world);
});
afterAll(async () => {
  await shared?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  if (isWriting) writeFileSync(page, withSituations(readFileSync(page, 'utf8'), made));
});

/** What a command prints; of `journalctl -g`, the lines of the relay that it would find. */
async function output(command: string, { relay, settings }: Stage): Promise<string> {
  const [, pattern] = /^journalctl -u dane-relay -o cat -g '(.*)'$/.exec(command) ?? [];
  if (pattern !== undefined) return relay.matching(new RegExp(pattern)).join('\n');
  const words = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
  const { stdout, stderr } = await runCommand(words.slice(1), settings);
  return stderr + stdout.toString();
}

async function transcript(situation: Situation, onStage: Stage): Promise<string> {
  const varying = {
    ids: onStage.ids,
    port: world.lab.port,
    resolvers: onStage.resolvers,
    places: placesOf(onStage, world),
  };
  const parts: string[] = [];
  for (const command of situation.commands) {
    const typed = command.replaceAll('{id}', onStage.ids[0] ?? '');
    const printed = await output(typed, onStage);
    parts.push(plainOutput(`$ ${typed}\n${printed}`, varying));
  }
  return parts.join('\n');
}

test('there are twenty, and the page has no others', () => {
  expect(situations.length).toBeGreaterThanOrEqual(20);
  if (isWriting) return;
  const headings = written(readFileSync(page, 'utf8')).match(/^### .*$/gm) ?? [];
  expect(headings).toEqual(situations.map(({ heading }) => `### ${heading}`));
});

test.each(situations)('$heading', async (situation) => {
  const things: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(thing: T): T => {
    things.push(thing);
    return thing;
  };
  try {
    const onStage = await stage(situation, world, shared, keep);
    const shown = section(situation, await transcript(situation, onStage), shownId);
    made.push(shown);
    if (!isWriting) expect(written(readFileSync(page, 'utf8'), situation)).toBe(shown.trim());
  } finally {
    for (const thing of things.toReversed()) await thing[Symbol.asyncDispose]();
  }
});
