import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandNames } from '../../../src/cli/commands.ts';
import { runCommand } from '../../support/run-command.ts';

/** Bash completes what `dane-relay completion bash` tells it: a real one, at a terminal, with the key Tab. */

let directory: string;
let script: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'completion-'));
  script = join(directory, 'dane-relay.bash');
  const { code, stdout } = await runCommand(['completion', 'bash'], {});
  expect(code).toBe(0);
  await writeFile(script, stdout);
  await mkdir(join(directory, 'a place'));
  await writeFile(join(directory, 'a place', 'relay.toml'), '');
});
afterAll(() => rm(directory, { recursive: true }));

describe('at a terminal', () => {
  // What is typed, and the words that the command then gets.
  test.each([
    ['dane-relay qu\tli\t', ['queue', 'list']],
    ['dane-relay check-\t', ['check-config']],
    ['dane-relay queue list --j\t', ['queue', 'list', '--json']],
    ['dane-relay --config f queue expo\t--li\t', ['--config', 'f', 'queue', 'export', '--live']],
    ['dane-relay run --role in\t', ['run', '--role', 'intake']],
    ['dane-relay run --role=d\t', ['run', '--role=delivery']],
    [
      'dane-relay run --set queue.lifet\t3d --ro\ta\t',
      ['run', '--set', 'queue.lifetime=3d', '--role', 'all'],
    ],
    ['dane-relay run --set=queue.lifet\t3d', ['run', '--set=queue.lifetime=3d']],
    ['dane-relay check-config -c a\t\t', ['check-config', '-c', 'a place/relay.toml']],
    ['dane-relay help queue fl\t', ['help', 'queue', 'flush']],
    ['dane-relay completion b\t', ['completion', 'bash']],
    ['dane-relay queue flush example.org --c\tf', ['queue', 'flush', 'example.org', '--config', 'f']],
  ])('%j', async (typed, words) => {
    expect(await typeAt(typed)).toEqual(words);
  });
});

const queueCommands = commandNames.flatMap((name) => (name.startsWith('queue ') ? [name.slice(6)] : []));

describe('candidates', () => {
  test.each([
    ['', [...new Set(commandNames.map((name) => name.split(' ')[0]))]],
    ['queue', queueCommands],
    ['queue delete', []],
    ['--set a=b queue', queueCommands],
    ['--set=a=b --config=f queue', queueCommands],
    ['run --role', ['all', 'intake', 'delivery']],
    ['nonsense', []],
  ])('after %j', async (before, words) => {
    expect(await candidates(before)).toEqual(words);
  });

  test('of options are those of the command', async () => {
    const own = ['--config', '--set', '--json', '--ready', '--alive'];
    expect(await candidates('health', '-')).toEqual([...own, '--help', '--version']);
    expect(await candidates('completion', '-')).toEqual(['--help', '--version']);
  });

  test('are none for the value of a setting', async () => {
    expect(await candidates('queue --set queue.lifetime =')).toEqual([]);
  });
});

/** What a `dane-relay` gets as its words from a line that is typed at an interactive bash. */
async function typeAt(typed: string): Promise<unknown> {
  const rcFile = join(directory, 'bashrc');
  const shown = `node -e 'console.log("got " + JSON.stringify(process.argv.slice(1)))' --`;
  await writeFile(rcFile, `PS1='ready> '\ndane-relay() { ${shown} "$@"; }\nsource ${script}\n`);
  const bash = spawn('script', ['-qec', `bash --noprofile --rcfile ${rcFile} -i`, '/dev/null'], {
    cwd: directory,
    env: { ...process.env, TERM: 'dumb', INPUTRC: '/dev/null', HISTFILE: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let isTyped = false;
  return new Promise((resolve, reject) => {
    bash.once('error', reject);
    bash.once('close', () => reject(new Error(`bash ended after ${output}`)));
    bash.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (!isTyped && output.includes('ready> ')) {
        isTyped = true;
        bash.stdin.write(`${typed}\n`);
      }
      const [, words] = /^got (.*)\r?$/m.exec(output) ?? [];
      if (words === undefined) return;
      resolve(JSON.parse(words));
      bash.stdin.end('exit\n');
    });
  });
}

/** What the function of the script offers behind these words, to end `current`. */
async function candidates(before: string, current = ''): Promise<readonly string[]> {
  // As readline splits them.
  const words = ['dane-relay', ...before.split(/ |(?==)|(?<==)/).filter(Boolean), current];
  const program = `compopt() { :; }
source "$0"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_dane_relay
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['-uc', program, script, ...words]);
  return stdout.split('\n').filter(Boolean);
}
