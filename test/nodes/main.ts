/** `npm run nodes`: the unit tests on each Node.js that is promised, and the scenarios on the one that is recommended. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { nodeLayer } from '../fresh/node-layer.ts';
import { must, run } from '../fresh/shell.ts';
import { readOptions, usage, type NodesOptions } from './options.ts';
import { warningsIn } from './warnings.ts';

const EX_USAGE = 64;
const say = (text: string): void => void process.stdout.write(text);

interface Played {
  readonly what: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: NodesOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return EX_USAGE;
  }
  await mkdir(options.cache, { recursive: true, mode: 0o755 });
  const played: Played[] = [];
  for (const node of options.nodes) {
    const folder = path.join(await nodeLayer(options.cache, node), 'usr/local/bin');
    const projects = options.scenarios.includes(node) ? ['unit', 'scenario'] : ['unit'];
    for (const project of projects) played.push(await play(folder, project));
  }
  return conclude(played);
}

/** Runs a project of the tests with the node of this folder, and with its npm. */
async function play(folder: string, project: string): Promise<Played> {
  const node = path.join(folder, 'node');
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` };
  const version = (await must([node, '--version'])).trim();
  say(`\nnodes: ${project} on Node.js ${version}\n\n`);
  const startedAt = Date.now();
  const { code, output } = await run([node, 'test/run.mjs', project], { env, onText: say });
  const numbers = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output)?.slice(1).map(Number) ?? [];
  const [passed = 0, failed = 1, skipped = 0] = numbers;
  return {
    what: `${project} on Node.js ${version}`,
    passed,
    failed: code === 0 ? failed : Math.max(failed, 1),
    skipped,
    seconds: (Date.now() - startedAt) / 1000,
    warnings: warningsIn(output),
  };
}

function conclude(played: readonly Played[]): number {
  say('\n');
  for (const { what, passed, failed, skipped, seconds, warnings } of played) {
    say(`${what}: ${passed} passed, ${failed} failed, ${skipped} skipped, after ${seconds.toFixed(0)} s\n`);
    for (const warning of warnings) say(`  it warns: ${warning}\n`);
  }
  const sum = (of: (one: Played) => number): number => played.reduce((total, one) => total + of(one), 0);
  const failed = sum((one) => one.failed);
  say(`${sum((one) => one.passed)} passed, ${failed} failed, ${sum((one) => one.skipped)} skipped\n`);
  return failed === 0 ? 0 : 1;
}
