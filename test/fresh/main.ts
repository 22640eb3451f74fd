/** `npm run fresh`: the commands of the README on Debian machines that have nothing but Node and a clone. */
import { mkdir } from 'node:fs/promises';
import { debianRoot } from './debian-root.ts';
import { commands, isFor } from './commands.ts';
import { containerLine, playContainer } from './container/play.ts';
import { Impossible, startMachine, type Machine } from './machine.ts';
import { sweep } from './passing.ts';
import { nodeLayer } from './node-layer.ts';
import { readOptions, usage, type FreshOptions } from './options.ts';
import { clone, play } from './play.ts';
import { repositoryLayer } from './repository-layer.ts';

const EX_USAGE = 64;
const EX_TEMPFAIL = 75;
const shownFaults = 25;

const say = (text: string): void => void process.stdout.write(text);
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  console.error('\nInterrupted. The machine is gone.');
  process.exitCode = 130;
}

async function main(args: readonly string[]): Promise<number> {
  let options: FreshOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return EX_USAGE;
  }
  const perNode = options.users.flatMap((user) => options.commands.filter((name) => isFor(name, user)));
  const planned = options.nodes.length * perNode.length + (options.container ? 1 : 0);
  const outcomes: Outcome[] = [];
  const obstacles: string[] = [];
  await unlessImpossible(obstacles, async () => {
    if (process.getuid?.() !== 0) throw new Impossible('only root can make a machine');
    await mkdir(options.cache, { recursive: true, mode: 0o755 });
    await sweep(options.cache);
    if (perNode.length > 0) await playAll(options, outcomes, obstacles);
    if (options.container) await playImage(options, outcomes, obstacles);
  });
  return conclude(outcomes, planned, obstacles);
}

/** What this machine cannot do is noted and not tried. */
async function unlessImpossible(obstacles: string[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Impossible)) throw error;
    obstacles.push(error.message);
  }
}

interface Outcome {
  readonly what: string;
  readonly wrong: readonly string[];
  readonly seconds: number;
}

async function playImage(options: FreshOptions, outcomes: Outcome[], obstacles: string[]): Promise<void> {
  say(`\nfresh: ${containerLine}\n\n`);
  const startedAt = Date.now();
  await unlessImpossible(obstacles, async () => {
    const wrong = await playContainer(options.cache, say, interrupted.signal);
    outcomes.push({ what: containerLine, wrong, seconds: (Date.now() - startedAt) / 1000 });
  });
}

async function playAll(options: FreshOptions, outcomes: Outcome[], obstacles: string[]): Promise<void> {
  const debian = await timed(`Debian ${options.suite}`, () => debianRoot(options.cache, options.suite));
  await using repository = await repositoryLayer(options.cache);
  if (repository.isDirty) say(`fresh: what is not committed is not in it, only ${repository.commit}\n`);
  for (const version of options.nodes) {
    const layer = (): Promise<string> => timed(`Node ${version}`, () => nodeLayer(options.cache, version));
    const node = version === 'none' ? [] : [await layer()];
    for (const user of options.users) {
      await using machine = await startMachine(
        options.cache,
        [repository.directory, ...node, debian],
        interrupted.signal,
      );
      await clone(machine, user);
      for (const name of options.commands.filter((name) => isFor(name, user))) {
        interrupted.signal.throwIfAborted();
        const what = `${commands[name].line} as ${user} with Node ${version} in Debian ${options.suite}`;
        say(`\nfresh: ${what}\n\n`);
        const startedAt = Date.now();
        await unlessImpossible(obstacles, async () => {
          const wrong = await play(machine, user, name, say);
          const { afterwards } = commands[name];
          if (wrong.length === 0 && afterwards !== undefined) {
            const bareMachine = (): Promise<Machine> =>
              startMachine(options.cache, [debian], interrupted.signal);
            wrong.push(...(await afterwards({ machine, user, bareMachine, say })));
          }
          outcomes.push({ what, wrong, seconds: (Date.now() - startedAt) / 1000 });
        });
      }
    }
  }
}

/** Says at once what goes wrong, and in the last line how much of it did; whatever could not be tried was skipped. */
function conclude(outcomes: readonly Outcome[], planned: number, obstacles: readonly string[]): number {
  say('\n');
  for (const { what, wrong, seconds } of outcomes) {
    say(`${wrong.length === 0 ? 'passed' : 'FAILED'} after ${seconds.toFixed(0)} s: ${what}\n`);
    for (const fault of wrong.slice(0, shownFaults)) say(`  ${fault}\n`);
    if (wrong.length > shownFaults) say(`  and ${wrong.length - shownFaults} more\n`);
  }
  const failed = outcomes.filter(({ wrong }) => wrong.length > 0).length;
  const skipped = planned - outcomes.length;
  for (const obstacle of obstacles) say(`SKIPPED: this machine cannot show it: ${obstacle}\n`);
  say(`${outcomes.length - failed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (failed > 0) return 1;
  return skipped > 0 ? EX_TEMPFAIL : 0;
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const result = await work();
  say(`fresh: ${what} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
  return result;
}
