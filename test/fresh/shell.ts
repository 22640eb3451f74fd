import { spawn } from 'node:child_process';

/** What a program did. */
export interface Ended {
  readonly code: number;
  /** All it wrote, stdout and stderr as they came. */
  readonly output: string;
}

export interface HowToRun {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  onText?(text: string): void;
}

/** Runs a program to its end; 127 when there is none of that name, as a shell says. */
export function run(command: readonly string[], how: HowToRun = {}): Promise<Ended> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    let output = '';
    const collect = (text: string): void => {
      output += text;
      how.onText?.(text);
    };
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(how.cwd === undefined ? {} : { cwd: how.cwd }),
      ...(how.env === undefined ? {} : { env: how.env }),
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', collect);
    child.stdin.on('error', () => {}).end(how.input ?? '');
    child.on('error', (error) => collect(`${program}: ${error.message}\n`));
    child.on('close', (code, signal) => resolve({ code: signal === null ? (code ?? 127) : 128, output }));
  });
}

/** As `run`, and throws an Error with the end of its output when it does not end with 0. */
export async function must(command: readonly string[], how: HowToRun = {}): Promise<string> {
  const { code, output } = await run(command, how);
  if (code === 0) return output;
  const end = output.trimEnd().split('\n').slice(-20).join('\n');
  throw new Error(`${command.slice(0, 4).join(' ')} … ended with ${code}:\n${end}`);
}
