import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { cases, obstacle } from './cases.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = 'build/test/demo';

beforeAll(() => {
  execFileSync('npm', ['run', '--silent', 'build:tools'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});

describe('npm run demo', () => {
  test('shows each destination with OK, and ends with 0', async () => {
    const demo = start(`${folder}/main.js`);
    const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'exit')]);
    const possible = cases.filter((one) => obstacle(one) === undefined);
    for (const { domain, expected } of possible) {
      const row = output.split('\n').find((line) => line.startsWith(`${domain} `));
      expect(row).toContain(`${expected.outcome} `);
      expect(row).toMatch(/ {2}OK$/);
    }
    expect(output).toContain(`${possible.length} of ${possible.length} as expected, in `);
    expect(output).not.toContain('DIFFERS');
    expect(code).toBe(0);
    expect(leftBehind(output)).toEqual([]);
  });

  test('ends with 1 when a row differs', async () => {
    const flipped = `
      import { cases } from './${folder}/cases.js';
      import { runDemo } from './${folder}/run-demo.js';
      const [one, other] = cases.filter(({ client }) => client === 'nodemailer');
      const wrong = { ...other, expected: { ...other.expected, outcome: 'bounced 5.7.1 -' } };
      process.exit(await runDemo([one, wrong]));`;
    const demo = start('--input-type=module', '--eval', flipped);
    const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'exit')]);
    expect(output).toContain('1 of 2 as expected, in ');
    expect(output.match(/DIFFERS$/gm)).toHaveLength(1);
    expect(code).toBe(1);
  });

  test.each([
    ['while the lab starts', 'Afterwards'],
    ['while mail is under way', 'status=sent'],
  ])('puts everything away at an interrupt %s', async (_, moment) => {
    const demo = start(`${folder}/main.js`);
    let output = '';
    let interrupted = false;
    demo.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (interrupted || !output.includes(moment)) return;
      interrupted = true;
      demo.kill('SIGINT');
    });
    const [code] = await once(demo, 'close');
    expect(output).toContain('Interrupted. Relay and lab are stopped, nothing is left.');
    expect(code).toBe(130);
    expect(leftBehind(output)).toEqual([]);
  });
});

function start(...args: string[]) {
  return spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The directory of that demo, and the command lines that name it, as far as they are still there. */
function leftBehind(output: string): string[] {
  const directory = /data in (\S+)\/relay$/m.exec(output)?.[1];
  if (directory === undefined) return [];
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(directory));
  return existsSync(directory) ? [directory, ...processes] : processes;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
