import { stat } from 'node:fs/promises';
import { fileTrouble, readOperatorText } from '../config/operator-file.ts';
import { parseTokenFile, type AccessToken } from '../core/http/token.ts';
import type { Log, LogEvent } from '../core/log/log-event.ts';
import { noTokens, tableProblem, tableRead } from './log-lines.ts';

/** The tokens of HTTP, as their file has them now. */
export interface Tokens {
  current(): readonly AccessToken[];
  /** What is wrong with the file; undefined while all is well. */
  problem(): string | undefined;
  stop(): void;
}

const reading = { component: 'smtpd', event: 'http tokens' } as const;

/** A change is seen after so long: whoever removes a token does not want to wait. */
const LOOK_EVERY_MS = 1_000;

/** Reads the file, now and whenever it changes. One that cannot be read leaves the tokens as they were. */
export async function openTokens(path: string, log: Log): Promise<Tokens> {
  let tokens: readonly AccessToken[] = [];
  let seen = 'never';
  let problem: string | undefined;
  let looking: Promise<void> | undefined;

  function tell(line: LogEvent): void {
    problem = line.severity === 'info' ? undefined : line.text;
    log(line);
  }

  async function look(): Promise<void> {
    const state = await stateOf(path);
    if (state === seen) return;
    seen = state;
    if (state === 'ENOENT') {
      tokens = [];
      return tell(noTokens(path));
    }
    const found = readOperatorText(path);
    if (!('text' in found))
      return tell(tableProblem(reading, `${path}: not read, the tokens stay as they were: ${found.problem}`));
    const read = parseTokenFile(found.text, path);
    ({ tokens } = read);
    for (const line of read.problems) tell(tableProblem(reading, line));
    if (read.problems.length === 0) tell(tableRead(reading, path, tokens.length, 'tokens'));
  }

  await look();
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = undefined));
  }, LOOK_EVERY_MS).unref();
  return { current: () => tokens, problem: () => problem, stop: () => clearInterval(timer) };
}

/** Another text whenever the file is another one. */
async function stateOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : fileTrouble(error);
  }
}
