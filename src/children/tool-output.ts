import { execFile } from 'node:child_process';

/** What a program of the system prints, without blanks around it; undefined if it is not there, fails, or takes too long. */
export function toolOutput(
  program: string,
  words: readonly string[],
  timeoutMs: number,
): Promise<string | undefined> {
  // Programs of administrators are not in the PATH of an ordinary user.
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  const env = { ...process.env, PATH: path };
  const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 65_536, env } as const;
  return new Promise((resolve) => {
    execFile(program, [...words], options, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    );
  });
}
