import {
  closeSync,
  constants,
  lstatSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  statSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { fileTrouble } from './operator-file.ts';
import { statusSocket } from './role.ts';

/** sun_path of unix(7), without its final NUL. */
const longestSocketPathBytes = 107;

/** Only the operator can correct these. Others, such as a full disk, may be over at the next try. */
const lasting = new Set([
  'EACCES',
  'EEXIST',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'ENXIO',
  'EPERM',
  'EROFS',
]);

/**
 * Makes sure that the relay can have its directory: in it, or in the nearest existing directory above it, another one
 * is made and removed again. Throws ConfigError if that fails.
 */
export function checkDataDirectory(path: string): void {
  const wanted = 'a directory that this user can make and write to';
  asWanted(
    path,
    'data_dir',
    () => wanted,
    () => {
      const { found, at } = nearest(path);
      if (!found.isDirectory()) throw new Unsuitable('a file where a directory has to be');
      leaveNothing(at);
      const real = join(realpathSync(at), relative(at, path));
      const length = Math.max(...[path, real].map((name) => Buffer.byteLength(longestSocket(name))));
      if (length > longestSocketPathBytes) {
        const limit = `a socket may have ${longestSocketPathBytes}`;
        throw new Unsuitable(
          `a path so long that ${basename(longestSocket(path))} in it has ${length} bytes (${limit})`,
        );
      }
    },
  );
}

/** The longest of the paths of sockets below a data directory. */
function longestSocket(dataDir: string): string {
  return statusSocket(dataDir, 'delivery');
}

/** Makes sure that lines can be written to `log.file`. Throws ConfigError if they cannot. */
export function checkLogFile(path: string): void {
  if (path === '') return;
  asWanted(path, 'log.file', wantedLogFile, () => {
    const file = fileOf(path);
    const { found, at } = nearest(file);
    if (at === file) {
      const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;
      closeSync(openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY));
    } else if (found.isDirectory()) leaveNothing(at);
    else throw new Unsuitable('a file where a directory has to be');
  });
}

/** What `log.file` has to be, with advice for the problem that was found. */
export function wantedLogFile(error: unknown): string {
  const isReadOnly = error instanceof Error && 'code' in error && error.code === 'EROFS';
  const hint = isReadOnly
    ? ' (a systemd unit may allow that by LogsDirectory= or ReadWritePaths=; without log.file the journal has the log)'
    : '';
  return `a file that the relay may write to${hint}`;
}

function asWanted(where: string, key: string, wanted: (error: unknown) => string, check: () => void): void {
  try {
    check();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!lasting.has(code) && !(error instanceof Unsuitable)) throw error;
    const found = error instanceof Unsuitable ? error.message : fileTrouble(error);
    throw new ConfigError([{ where, key, wanted: wanted(error), found }], { cause: error });
  }
}

/** It exists, and is of the wrong kind. */
class Unsuitable extends Error {}

/** A file, unlike a directory, is made where a link leads to. */
function fileOf(path: string): string {
  let file = resolve(path);
  while (statSync(file, { throwIfNoEntry: false }) === undefined && isLink(file))
    file = resolve(dirname(file), readlinkSync(file));
  return file;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** What is at the path, or at the nearest existing path above it. */
function nearest(path: string): { readonly found: Stats; readonly at: string } {
  for (let at = path; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    // Nothing can be made in place of a dangling link.
    if (found === undefined && isLink(at))
      throw new Unsuitable(`${at}, a symbolic link to something that is not there`);
    if (found !== undefined || dirname(at) === at) return { found: found ?? statSync(at), at };
  }
}

function leaveNothing(directory: string): void {
  rmdirSync(mkdtempSync(join(directory, '.dane-relay-')));
}
