import { randomBytes } from 'node:crypto';
import {
  lchownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Environment } from '../config/environment.ts';
import { readOperatorText } from '../config/operator-file.ts';
import { parseSize } from '../config/quantities.ts';
import { tokenFile } from '../config/token-file.ts';
import { dataDirectory } from '../config/data-directory.ts';
import {
  isTokenName,
  parseTokenFile,
  printTokenFile,
  senderRule,
  tokenHash,
  tokenText,
  type AccessToken,
} from '../core/http/token.ts';
import { UsageError } from './usage-error.ts';

type Print = (line: string) => unknown;

/** What `token add` is told of the token. */
export interface TokenWishes {
  readonly senders: readonly string[];
  readonly rate: string | undefined;
  readonly size: string | undefined;
}

/** `dane-relay token add NAME`: makes a token and prints it, the only time that anybody sees it. */
export function addToken(
  config: Config,
  environment: Environment,
  name: string,
  wishes: TokenWishes,
): string {
  if (!isTokenName(name))
    throw new UsageError(`The name of a token has 1 to 64 letters, digits and . _ - + @, not "${name}".`);
  const secret = tokenText(randomBytes(32));
  const token: AccessToken = { name, sha256: tokenHash(secret), ...limitsOf(wishes) };
  change(fileOf(config, environment), (tokens) => {
    if (tokens.some((one) => one.name === name))
      throw new UsageError(`There is a token of the name "${name}". "token remove ${name}" removes it.`);
    return [...tokens, token];
  });
  return secret;
}

/** `dane-relay token remove NAME...`; false if one is not there. */
export function removeTokens(
  config: Config,
  environment: Environment,
  names: readonly string[],
  print: Print,
): boolean {
  let removed: readonly string[] = [];
  change(fileOf(config, environment), (tokens) => {
    removed = tokens.map(({ name }) => name).filter((name) => names.includes(name));
    return tokens.filter(({ name }) => !names.includes(name));
  });
  for (const name of names) print(removed.includes(name) ? `${name}: removed` : `${name}: no such token`);
  return names.every((name) => removed.includes(name));
}

/** `dane-relay token list` */
export function listTokens(config: Config, environment: Environment, json: boolean, print: Print): void {
  for (const { name, senders, rate, sizeBytes } of read(fileOf(config, environment))) {
    if (json) print(JSON.stringify({ name, senders, rate, sizeBytes }));
    else {
      const limits = [
        senders.length === 0 ? 'any sender' : senders.join(', '),
        ...(rate === 0 ? [] : [`${rate} messages a minute`]),
        ...(sizeBytes === 0 ? [] : [`${sizeBytes} octets a message`]),
      ];
      print(`${name}: ${limits.join('; ')}`);
    }
  }
}

function fileOf(config: Config, environment: Environment): string {
  return tokenFile(config, dataDirectory(config.dataDir, environment));
}

function limitsOf({
  senders,
  rate = '0',
  size = '0B',
}: TokenWishes): Pick<AccessToken, 'senders' | 'rate' | 'sizeBytes'> {
  const rules = senders.map((sender) => {
    const rule = senderRule(sender);
    if (rule === undefined)
      throw new UsageError(
        `--sender is a mailbox, a domain such as "@example.org", or "<>", not "${sender}".`,
      );
    return rule;
  });
  if (!/^\d{1,9}$/.test(rate))
    throw new UsageError(`--rate is a number of messages a minute, not "${rate}".`);
  const sizeBytes = parseSize(size);
  if (sizeBytes === undefined)
    throw new UsageError(`--size is a size with its unit, such as "10MiB", not "${size}".`);
  return { senders: rules, rate: Number(rate), sizeBytes };
}

function read(path: string): readonly AccessToken[] {
  const found = readOperatorText(path);
  if (!('text' in found)) {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return [];
    throw new ConfigError([
      { where: path, key: 'http.tokens', wanted: 'a file of tokens', found: found.problem },
    ]);
  }
  const { tokens, problems } = parseTokenFile(found.text, path);
  // What is not understood would be lost when the file is written again.
  if (problems.length > 0)
    throw new ConfigError([
      { where: path, key: 'http.tokens', wanted: 'a token in each line', found: problems.join('; ') },
    ]);
  return tokens;
}

/** Another command that began so long ago has not come to its end. */
const STALE_MS = 10_000;

/** One change at a time, and either all of it is on disk or nothing. */
function change(path: string, edit: (tokens: readonly AccessToken[]) => readonly AccessToken[]): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const next = `${path}.new`;
  const started = statSync(next, { throwIfNoEntry: false })?.mtimeMs;
  if (started !== undefined && Date.now() - started > STALE_MS) rmSync(next, { force: true });
  const file = openSync(next, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, printTokenFile(edit(read(path))));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // Root adds a token, and the relay of another user reads it.
    const { uid, gid } = statSync(path, { throwIfNoEntry: false }) ?? statSync(directory);
    if (process.getuid?.() === 0) lchownSync(next, uid, gid);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
  const folder = openSync(directory, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
