import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';

const passing = /^(?:machine|repository)-(\d+)-/;

/** A directory in the cache that goes with this process. */
export function passingDirectory(cache: string, kind: 'machine' | 'repository'): Promise<string> {
  return mkdtemp(path.join(cache, `${kind}-${process.pid}-`));
}

/** Removes those of processes that were killed before they could. */
export async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = passing.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      await rm(path.join(cache, name), { recursive: true, force: true });
  }
}
