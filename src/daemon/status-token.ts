import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import type { Config } from '../config/config.ts';
import { readOperatorText } from '../config/operator-file.ts';

const KEY = 'status.token_file';
const WANTED = 'a file with one line of 16 to 512 characters without blanks';
/** How often the file is looked at, at most. */
const LOOK_EVERY_MS = 1_000;

/** Throws ConfigError if the settings name a file and no token can be read from it. */
export function checkStatusToken({ status }: Pick<Config, 'status'>): void {
  if (status.tokenFile !== '') readToken(resolve(status.tokenFile));
}

/**
 * The token of the status page, as its file has it now; undefined while none can be read, so that nobody has it. The file
 * in the data directory is made where it is missing. Throws ConfigError.
 */
export function openStatusToken(
  { status }: Pick<Config, 'status'>,
  dataDir: string,
  now: () => number,
): () => string | undefined {
  const path = status.tokenFile === '' ? join(dataDir, 'status-token') : resolve(status.tokenFile);
  if (status.tokenFile === '') makeToken(path);
  let token: string | undefined = readToken(path);
  let [seen, lookedAt] = [stateOf(path), now()];
  return () => {
    // A clock that was set back must not keep a token alive.
    if (Math.abs(now() - lookedAt) < LOOK_EVERY_MS) return token;
    lookedAt = now();
    const state = stateOf(path);
    if (state === seen) return token;
    seen = state;
    try {
      token = readToken(path);
    } catch {
      token = undefined;
    }
    return token;
  };
}

/** Two processes of one data directory have the same. */
function makeToken(path: string): void {
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function readToken(path: string): string {
  const read = readOperatorText(path);
  const found = 'text' in read ? undefined : read.problem;
  if (found !== undefined) throw new ConfigError([{ where: path, key: KEY, wanted: WANTED, found }]);
  const [, token] = /^([\x21-\x7e]{16,512})\r?\n?$/.exec('text' in read ? read.text : '') ?? [];
  if (token === undefined) {
    throw new ConfigError([{ where: path, key: KEY, wanted: WANTED, found: 'something else' }]);
  }
  return token;
}

/** Another text whenever the file is another one. */
function stateOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch {
    return 'none';
  }
}
