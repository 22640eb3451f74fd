import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import path from 'node:path';
import type { Lab } from '../test/lab/lab.ts';
import { peakBytes } from './process-tree.ts';

const executable = new URL('../../dist/main.js', import.meta.url).pathname;
const LOOK_MS = 20;

/** A command that has ended well. */
export interface CommandRun {
  readonly seconds: number;
  /** The most it had in memory, as far as looks at it show. */
  readonly peakBytes: number;
  readonly output: string;
}

/**
 * Runs `dane-relay` for the relay of this lab, whether that runs or not. Rejects if it fails.
 *
 * @param wanted what of its output is kept: all of it, or only its last line, which may be of very many
 */
export async function runCommand(
  { directory }: Pick<Lab, 'directory'>,
  command: readonly string[],
  { input, lastLine = false }: { readonly input?: Readable; readonly lastLine?: boolean } = {},
): Promise<CommandRun> {
  const startedAt = performance.now();
  const settings = ['--set', `data_dir=${path.join(directory, 'relay')}`];
  const child = spawn(process.execPath, [executable, ...command, ...settings], {
    stdio: 'pipe',
    env: { ...process.env, DANE_RELAY_CONFIG: '' },
  });
  let peak = 0;
  const look = (): void => void (peak = Math.max(peak, peakBytes(child.pid ?? -1)));
  const looking = setInterval(look, LOOK_MS);
  try {
    if (input === undefined) child.stdin.end();
    else input.pipe(child.stdin);
    const said = lastLine ? lastLineOf(child.stdout) : text(child.stdout);
    const complaints = text(child.stderr);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0)
      throw new Error(
        `dane-relay ${command.join(' ')} ended with ${code}: ${(await complaints).slice(-500)}`,
      );
    return { seconds: (performance.now() - startedAt) / 1000, peakBytes: peak, output: await said };
  } finally {
    clearInterval(looking);
    child.kill('SIGKILL');
  }
}

async function lastLineOf(output: Readable): Promise<string> {
  let end = '';
  for await (const chunk of output) end = `${end}${String(chunk)}`.slice(-1_000);
  return end.trimEnd().split('\n').at(-1) ?? '';
}
