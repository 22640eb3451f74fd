import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Seen from here, or from build/test/scenario/crash. */
const executable = ['../../../dist/main.js', '../../../../dist/main.js']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

/** The moves of the queue that a command makes, not a relay. */
export const operatorScripts: ReadonlySet<string> = new Set([
  'hold',
  'endHold',
  'retry',
  'expire',
  'forget',
  'flush',
  'flushOne',
  'unhold',
  'note',
]);

const TRIES = 40;
const PAUSE_MS = 300;
/** As it was wished, by this command or by one before it that was killed. */
const done = /no such message|not held|nothing waits|due already|already/;

/** Somebody who runs commands, and repeats what went wrong. */
export interface Operator {
  /** Runs them one after the other, each until it is done. */
  run(commands: readonly (readonly string[])[], settings: Readonly<Record<string, string>>): Promise<void>;
  /** SIGKILL of the command that runs. */
  kill(): void;
}

export function operator(): Operator {
  let end = (): void => {};

  async function runOnce(words: readonly string[], set: Readonly<Record<string, string>>) {
    if (executable === undefined) throw new Error('dist/main.js is missing: npm run build');
    const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const child = spawn(process.execPath, [executable, ...words, ...settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DANE_RELAY_CONFIG: '' },
    });
    end = () => void child.kill('SIGKILL');
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (text += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    end = () => {};
    return { code, text };
  }

  return {
    async run(commands, settings) {
      for (const words of commands) {
        let last = '';
        let isDone = false;
        for (let tries = 0; tries < TRIES && !isDone; tries += 1) {
          if (tries > 0) await sleep(PAUSE_MS);
          const { code, text } = await runOnce(words, settings);
          isDone = code === 0 || done.test(text);
          last = `${String(code)}: ${text}`;
        }
        if (!isDone) throw new Error(`${words.join(' ')} was never done: ${last}`);
      }
    },
    kill: () => end(),
  };
}
