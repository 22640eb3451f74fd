import { spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { until } from '../lab/until.ts';

/** Why there is no terminal to be had, or `undefined`. */
export function terminalObstacle(): string | undefined {
  return spawnSync('script', ['--version']).error === undefined ? undefined : 'script(1) is not installed';
}

/** A program at a terminal of its own. */
export interface Terminal extends AsyncDisposable {
  /** All that was shown so far, without what steers the terminal. */
  screen(): string;
  type(keys: string): void;
  /** Waits until this is shown behind what was answered before, and types. */
  answer(prompt: string, keys: string): Promise<void>;
  readonly exited: Promise<number | null>;
}

export function startAtTerminal(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-q', '-e', '-f', '-c', `stty cols 80; exec ${words}`, '/dev/null'], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (shown += piece));
  child.stdin.on('error', () => {});
  const screen = (): string => stripVTControlCharacters(shown).replaceAll('\r', '');
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    screen,
    type: (keys) => void child.stdin.write(keys),
    async answer(prompt, keys) {
      await until(
        () => screen().includes(prompt, seen),
        `"${prompt}" on the terminal:\n${screen().slice(seen)}`,
      );
      seen = screen().indexOf(prompt, seen) + prompt.length;
      child.stdin.write(keys);
    },
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
