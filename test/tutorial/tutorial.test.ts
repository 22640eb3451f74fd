import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { patienceMs } from '../lab/until.ts';
import { machineCommands, practiceCommands, withOutputs } from './page.ts';
import { createPlainTranscript } from './plain-transcript.ts';
import { openPractice } from './practice.ts';
import { openShell, type Shell } from './shell.ts';

/**
 * docs/tutorial.md, typed from its beginning to its end: what each command prints is what the page shows. `npm run
 * docs:tutorial` writes the outputs. What is typed outside of the practice world, `npm run fresh` types on new machines.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = join(root, 'docs/tutorial.md');
const page = readFileSync(file, 'utf8');
const isWriting = process.env['WRITE_TUTORIAL'] === '1';
/** As fast as a person sees that nothing more comes. */
const restMs = 3_000;

test('what is typed in the practice world prints what the page shows', async () => {
  await using practice = await openPractice(join(root, 'dist/main.js'), 0);
  await using shell = openShell(practice);
  const plain = createPlainTranscript(practice);
  const outputs: string[] = [];
  for (const { command, shown } of practiceCommands(page)) {
    if (command === 'exit') break;
    outputs.push(await typed(shell, command, shown, plain));
  }
  if (isWriting) return writeFileSync(file, withOutputs(page, outputs));
  expect(outputs.length).toBeGreaterThan(8);
  expect(await shell.exit()).toBe(0);
});

/** What only looks is typed again until it sees what the page shows, as the page says: mail takes a moment. */
async function typed(
  shell: Shell,
  command: string,
  shown: string,
  plain: (output: string) => string,
): Promise<string> {
  if (isWriting) await sleep(restMs);
  const until = Date.now() + patienceMs;
  for (;;) {
    const { output, status } = await shell.type(command);
    const printed = plain(output);
    const isYoung = command === 'dane-relay health' && status !== 0;
    if (isWriting ? !isYoung : printed === shown) return printed;
    if (!looksOnly(command) || Date.now() > until) expect(printed, command).toBe(shown);
    await sleep(100);
  }
}

function looksOnly(command: string): boolean {
  return /^(?:grep|dane-relay (?:health|queue list|queue why|explain|check)) ?/.test(command);
}

test('nothing of the practice world is left, though the relay was not stopped', async () => {
  const practice = await openPractice(join(root, 'dist/main.js'), 0);
  const shell = openShell(practice);
  await shell.type('dane-relay run > relay.log 2>&1 &');
  await shell.type('until grep -q ready relay.log; do sleep 0.1; done');
  const { output: pid } = await shell.type('echo $!');
  await shell.exit();
  await practice[Symbol.asyncDispose]();
  expect(stateOf(pid)).toMatch(/^Z?$/);
  expect(existsSync(practice.directory)).toBe(false);
});

/** Of a process, as proc(5) has it: Z if it has ended and nobody has asked for it. */
function stateOf(pid: string): string {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) ? (/\) (\w)/.exec(readFileSync(file, 'utf8'))?.[1] ?? '') : '';
}

test('what is typed on the machine itself is what there is', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const commands = machineCommands(page);
  expect(commands).toContain('npm run practice');
  for (const command of commands) {
    const [program = '', ...words] = command.split(' ');
    switch (program) {
      case 'dane-relay':
        expect(() => parseArguments(words), command).not.toThrow();
        break;
      case 'node':
        expect(existsSync(join(root, words[0] ?? '')), command).toBe(true);
        break;
      case 'npm':
        expect(words[0] === 'install' || Object.hasOwn(scripts, words[1] ?? ''), command).toBe(true);
        break;
      default:
        expect(['apt', 'swaks', 'journalctl'], command).toContain(program);
    }
  }
});
