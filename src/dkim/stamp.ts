import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readOperatorText } from '../config/operator-file.ts';
import { parseKeyTable } from '../core/dkim/key-table.ts';
import type { KeySources } from './key-sources.ts';

/** A text that is another one once a file with keys, or the list of them, has changed. Never rejects. */
export async function stampOf({ directory, keyTable }: KeySources): Promise<string> {
  const hash = createHash('sha256');
  const look = async (path: string): Promise<void> => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    const { ino, mtimeNs, size, mode } = found ?? {};
    hash.update(`${path} ${ino} ${mtimeNs} ${size} ${mode}\n`);
  };
  for (const domain of await namesIn(directory)) {
    const folder = join(directory, domain);
    for (const name of await namesIn(folder)) await look(join(folder, name));
    await look(folder);
  }
  if (keyTable !== '') {
    await look(keyTable);
    const found = readOperatorText(keyTable);
    const { entries } = parseKeyTable('text' in found ? found.text : '', keyTable);
    for (const { file } of [...entries.values()].flat()) await look(resolve(dirname(keyTable), file));
  }
  return hash.digest('hex');
}

async function namesIn(directory: string): Promise<readonly string[]> {
  const names: string[] = await readdir(directory).catch(() => []);
  return names.toSorted();
}
