import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Practice } from './practice.ts';

/** A bash that is typed into, as a person does. */
export interface Shell extends AsyncDisposable {
  /** Resolves to what the command printed, and its exit status. */
  type(command: string): Promise<{ readonly output: string; readonly status: number }>;
  /** Resolves to the exit status of the shell, once it has ended. */
  exit(): Promise<number | null>;
}

const mark = '--- end of command';

export function openShell({ directory, env }: Practice): Shell {
  const child = spawn('bash', ['--norc'], { cwd: directory, env, stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stdin.write('exec 2>&1\n');
  const ended = once(child, 'exit') as Promise<[number | null]>;
  return {
    async type(command) {
      child.stdin.write(`${command}\nprintf '%s %s\\n' '${mark}' $?\n`);
      for (;;) {
        const end = text.indexOf(mark);
        const rest = end === -1 ? -1 : text.indexOf('\n', end);
        if (rest !== -1) {
          const output = text.slice(0, end).trimEnd();
          const status = Number(text.slice(end + mark.length, rest));
          text = text.slice(rest + 1);
          return { output, status };
        }
        await Promise.race([
          once(child.stdout, 'data'),
          ended.then(([code]) => {
            throw new Error(`the shell ended with ${code} at: ${command}\n${text}`);
          }),
        ]);
      }
    },
    async exit() {
      child.stdin.end('exit\n');
      return (await ended)[0];
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
