import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileTrouble } from '../config/operator-file.ts';
import type { WrittenFile } from '../core/from-postfix/draft.ts';
import { CannotCreateError } from './import-errors.ts';

const onlyOwner = 0o600;
const everybody = 0o644;

/** Where the file of a table is: beside the settings. */
export function besideOf(output: string): (name: string) => string {
  return (name) => join(dirname(output), name);
}

/**
 * Writes the settings and the tables beside them. @returns the paths of what was written. Throws CannotCreateError before
 * anything is written if a file is in the way, unless `force`.
 */
export function writeImport(
  output: string,
  text: string,
  files: readonly WrittenFile[],
  force: boolean,
): readonly string[] {
  const pathOf = besideOf(output);
  const wanted = files.filter(({ name, keep }) => keep !== true || !existsSync(pathOf(name)));
  const all = [
    ...wanted.map((file) => ({
      path: pathOf(file.name),
      text: file.text,
      mode: file.secret ? onlyOwner : everybody,
    })),
    // Last, for it names the others. There is nothing secret in it.
    { path: output, text, mode: everybody },
  ];
  const inTheWay = all.map(({ path }) => path).filter((path) => existsSync(path));
  if (!force && inTheWay.length > 0)
    throw new CannotCreateError(
      `${inTheWay.join(', ')}: there already, and nothing is overwritten without --force`,
    );
  for (const { path, text, mode } of all) writeOne(path, text, mode, force);
  return all.map(({ path }) => path);
}

function writeOne(path: string, text: string, mode: number, force: boolean): void {
  try {
    if (!force) return writeFileSync(path, text, { mode, flag: 'wx', flush: true });
    // A file that is written over would keep its mode, and those who have it open would read on.
    const fresh = `${path}.new`;
    rmSync(fresh, { force: true });
    writeFileSync(fresh, text, { mode, flag: 'wx', flush: true });
    renameSync(fresh, path);
  } catch (error) {
    throw new CannotCreateError(`${path}: ${fileTrouble(error)}`, { cause: error });
  }
}
