import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { messageOf } from '../core/error-words.ts';
import { ConfigError } from './config-error.ts';

/** Larger than any table or bundle of certificates. */
export const longestFileBytes = 32 * 1024 * 1024;

/** The text of a file, or a description of what is in its place. */
export type FileText = { readonly text: string } | { readonly problem: string };

/**
 * Reads a file that an operator names; all of them are read here. Only a regular file is opened, because a FIFO or a
 * device may block its reader, and at most `longestFileBytes` of it are read.
 *
 * @param encoding `octets` for files whose readers look only for ASCII and skip the rest, such as PEM
 */
export function readOperatorText(name: string, encoding: 'utf-8' | 'octets' = 'utf-8'): FileText {
  try {
    // This is checked before opening it, because opening a device can have effects.
    const found = strangeKind(statSync(name));
    if (found !== undefined) return { problem: found };
    return decode(name, encoding);
  } catch (error) {
    return { problem: fileTrouble(error) };
  }
}

/** Throws ConfigError, with `wanted` in it, if the file cannot be read. */
export function readOperatorFile(
  name: string,
  key: string,
  wanted: string,
  encoding: 'utf-8' | 'octets' = 'utf-8',
): string {
  const read = readOperatorText(name, encoding);
  if ('text' in read) return read.text;
  throw new ConfigError([{ where: name, key, wanted, found: read.problem }]);
}

/** Reads a file for `loadConfig`. Throws a `ConfigError` if that cannot be done. */
export function readConfigFile(name: string): { readonly name: string; readonly text: string } {
  return { name, text: readOperatorFile(name, '', 'a text file to read') };
}

/** Why a file or directory could not be used, in words that continue "found …". */
export function fileTrouble(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const told = troubles[code];
  return told ?? messageOf(error);
}

const troubles: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'no permission for this user',
  EPERM: 'no permission for this user',
  EISDIR: 'a directory',
  ENOTDIR: 'a file where a directory has to be',
  EEXIST: 'a file where a directory has to be',
  EROFS: 'a file system that is read-only for this process',
  ENXIO: 'a FIFO or a socket that nobody reads',
  ELOOP: 'symbolic links that go in a circle',
  ENAMETOOLONG: 'a name that is too long',
  ENOSPC: 'a file system without room',
  EAGAIN: 'something that keeps its readers waiting',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'something that is not UTF-8',
};

/** What it is if it is no regular file. */
function strangeKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO (named pipe)';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function decode(name: string, encoding: 'utf-8' | 'octets'): FileText {
  // Not blocking, should it be another thing by now, and for files of /proc that wait for something to happen.
  const file = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = strangeKind(fstatSync(file));
    if (found !== undefined) return { problem: found };
    const octets = readBounded(file);
    if (octets === undefined) return { problem: `more than ${longestFileBytes / 1024 ** 2} MiB` };
    if (encoding === 'octets') return { text: octets.toString('latin1') };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(octets) };
  } finally {
    closeSync(file);
  }
}

/** Undefined if there is more. A file of /proc claims to have no octets, and returns some. */
function readBounded(file: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let length = 0; length <= longestFileBytes;) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    const read = readSync(file, piece);
    if (read === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, read));
    length += read;
  }
  return undefined;
}
