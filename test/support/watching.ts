import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const executable = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A command that goes on until it is told to end. */
export interface Watching extends AsyncDisposable {
  readonly lines: readonly string[];
  /** Resolves with the first line, past or to come, that the expression matches; rejects if it ends before. */
  line(pattern: RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
  readonly stderr: () => string;
}

/** Starts a command with these settings. Resolves when it says on standard error that it listens. */
export async function watching(
  words: readonly string[],
  set: Readonly<Record<string, string>>,
): Promise<Watching> {
  const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const child = spawn(process.execPath, [executable, ...words, ...settings], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): unknown => child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  void exited.then(() => process.off('exit', kill));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (): void => {
    for (const wake of waiting) wake();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    tell();
  });
  let stderr = '';
  let isOver = false;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    tell();
  });
  void exited.then(() => {
    isOver = true;
    tell();
  });

  function find(what: string, search: () => string | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = search();
        if (found === undefined && !isOver) return;
        waiting.delete(look);
        if (found === undefined) reject(new Error(`ended without ${what}:\n${lines.join('\n')}\n${stderr}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  }

  await find('listening', () => (stderr.includes('listening') ? stderr : undefined));
  return {
    lines,
    line: (pattern) => find(String(pattern), () => lines.find((line) => pattern.test(line))),
    signal: (name) => child.kill(name),
    exited,
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
