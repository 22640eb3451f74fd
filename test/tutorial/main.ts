/** `npm run practice`: a shell in a small world, for docs/tutorial.md. Ends with the exit status of the shell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFree } from '../lab/address-space.ts';
import { openPractice } from './practice.ts';

const executable = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const isTerminal = process.stdin.isTTY;
// The shell is told of them by the terminal itself.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

process.exit(await practise());

async function practise(): Promise<number> {
  const port = (await isFree('127.0.0.1', 2525)) ? 2525 : 0;
  await using practice = await openPractice(executable, port);
  const rc = join(practice.directory, '.shell');
  await writeFile(rc, "PS1='practice$ '\nsource <(dane-relay completion bash)\n");
  console.log(`A small world runs on this machine: signed zones, a resolver and three mail hosts. This shell is in
it: the command dane-relay, its settings in relay.toml. "exit" takes all of it away.`);
  const shell = spawn('bash', isTerminal ? ['--rcfile', rc, '-i'] : ['--norc'], {
    cwd: practice.directory,
    env: practice.env,
    stdio: 'inherit',
  });
  const [code] = (await once(shell, 'exit')) as [number | null];
  return code ?? 1;
}
