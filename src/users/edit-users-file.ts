import {
  lchownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Puts another text in the place of a file: whoever reads it meanwhile has the old one or the new one, and a crash leaves
 * one of the two. Owner and permissions stay. The file is there; a lock on it is the caller's affair.
 */
export function editFile(name: string, edit: (text: string) => string): void {
  const path = realpathSync(name);
  const { uid, gid, mode } = statSync(path);
  const text = edit(readFileSync(path, 'utf8'));
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', mode & 0o777);
  try {
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (process.getuid?.() === 0) lchownSync(beside, uid, gid);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
