// npm run fuzz: the fuzz runs of the tests, for as long as one likes. A round that hangs is a fault too, and so the rounds
// are in a thread of their own.
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { allTargets } from './all-targets.ts';
import { readOptions, usage, type FuzzOptions } from './options.ts';
import { runRounds } from './target.ts';

interface Work {
  readonly target: string;
  readonly options: FuzzOptions;
  /** Three doubles: the seed of the round that is running, and at the end how many rounds, and how many deep ones. */
  readonly progress: SharedArrayBuffer;
}

/** Rounds take milliseconds. */
const roundLimitMs = 30_000;
const tellEveryMs = 10_000;

if (isMainThread) process.exitCode = await main(process.argv.slice(2));
else work(workerData as Work);

async function main(args: readonly string[]): Promise<number> {
  const names = allTargets.map(({ name }) => name);
  let options: FuzzOptions;
  try {
    options = readOptions(args, names, Date.now());
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}${names.join(', ')}`);
    return 64;
  }
  console.log(`seed ${options.seed}`);
  let faults = 0;
  for (const name of options.target === undefined ? names : [options.target]) {
    if (!(await watched(name, options))) faults += 1;
  }
  console.log(faults === 0 ? 'nothing found' : `${faults} targets with a fault`);
  return faults === 0 ? 0 : 1;
}

/** Runs the rounds of one target; false if one went wrong or does not end. */
async function watched(target: string, options: FuzzOptions): Promise<boolean> {
  const progress = new SharedArrayBuffer(24);
  const at = new Float64Array(progress);
  at[0] = options.seed;
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { target, options, progress } satisfies Work,
  });
  let [before, since] = [-1, Date.now()];
  const watch = setInterval(() => {
    const seed = at[0] ?? 0;
    if (seed !== before) [before, since] = [seed, Date.now()];
    else if (Date.now() - since > roundLimitMs) worker.emit('error', new Error(`seed ${seed} does not end`));
  }, 1_000);
  const tell = setInterval(() => console.log(`${target}: at seed ${at[0]}`), tellEveryMs);
  try {
    await once(worker, 'exit');
    console.log(`${target}: ${at[1]} rounds, ${at[2]} of them deep`);
    return true;
  } catch (error) {
    console.log(`${target}: ${error instanceof Error ? error.message : String(error)}`);
    console.log(`again: npm run fuzz -- --target ${target} --seed ${at[0]} --rounds 1`);
    return false;
  } finally {
    clearInterval(watch);
    clearInterval(tell);
    await worker.terminate();
  }
}

function work({ target: name, options, progress }: Work): void {
  const target = allTargets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const at = new Float64Array(progress);
  const endsAt = Date.now() + options.seconds * 1_000;
  const { seed: first, rounds } = options;
  const result = runRounds(target, first, (seed) => {
    at[0] = seed;
    return rounds === undefined ? Date.now() < endsAt : seed < first + rounds;
  });
  at.set([result.rounds, result.deep], 1);
}
