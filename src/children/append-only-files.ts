import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildError } from './child-error.ts';
import { readIfThere } from './claimed-directory.ts';

/** The queue cannot be read as it is: nothing but the operator's word goes on from there. */
export class DamagedQueueError extends ChildError {
  override name = 'DamagedQueueError';
  /** EX_DATAERR of sysexits. */
  readonly exitCode = 65;
  override readonly isLasting = true;
}

/** Where Redis keeps what it wrote (since 7.0): a base, what was written since in pieces, and a list of these. */
export interface QueueFiles {
  readonly directory: string;
  readonly manifest: string;
  /** Says that a queue was kept here, so that one that is gone is not taken for one that never was. */
  readonly mark: string;
}

export interface ListedFile {
  readonly name: string;
  readonly kind: 'base' | 'increment';
}

/** @param redisDirectory working directory of Redis */
export function queueFiles(redisDirectory: string): QueueFiles {
  const directory = join(redisDirectory, 'appendonlydir');
  return {
    directory,
    manifest: join(directory, 'appendonly.aof.manifest'),
    mark: join(redisDirectory, 'queue-kept-here'),
  };
}

const dataFile = /^appendonly\.aof\.(\d+)\.(base|incr)\.(?:rdb|aof)$/;

/** A file with a part of a queue in it, as its name tells. */
export interface DataFile {
  readonly name: string;
  readonly kind: 'base' | 'increment';
  readonly sequence: number;
}

/** By kind, then by sequence; empty when there is no directory. */
export async function dataFiles({ directory }: Pick<QueueFiles, 'directory'>): Promise<readonly DataFile[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .flatMap((name): DataFile[] => {
      const [, sequence, word] = dataFile.exec(name) ?? [];
      const kind = word === 'base' ? 'base' : 'increment';
      return sequence === undefined ? [] : [{ name, kind, sequence: Number(sequence) }];
    })
    .toSorted((a, b) => a.kind.localeCompare(b.kind) || a.sequence - b.sequence);
}

/** The files that make up the queue, in the order they are read in; undefined when the text is no manifest. */
export function parseManifest(text: string): readonly ListedFile[] | undefined {
  const files: ListedFile[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, type] = /^file (\S+) seq \d+ type ([bhi])(?: .*)?$/.exec(line) ?? [];
    if (name === undefined) return undefined;
    // What is history is only waiting to be removed.
    if (type !== 'h') files.push({ name, kind: type === 'b' ? 'base' : 'increment' });
  }
  return files.length === 0 ? undefined : files;
}

/** What it would say of these. */
export function manifestOf(files: readonly DataFile[]): string {
  return files
    .map(({ name, kind, sequence }) => `file ${name} seq ${sequence} type ${kind === 'base' ? 'b' : 'i'}\n`)
    .join('');
}

/**
 * Whether Redis, started now, would begin with what it had: it begins with nothing where the list of its files is gone,
 * and writes over them. Costs a look at a directory.
 *
 * @throws DamagedQueueError
 */
export async function checkQueueFiles(files: QueueFiles): Promise<void> {
  const there = await dataFiles(files);
  const text = await readIfThere(files.manifest).catch((error: unknown) => {
    throw damaged(files, `${files.manifest} cannot be read (${String(error)})`);
  });
  if (text === '') {
    const hasManifest = await stat(files.manifest).then(
      () => true,
      () => false,
    );
    if (hasManifest || there.length > 0)
      throw damaged(
        files,
        `${files.manifest}, the list of its files, is ${hasManifest ? 'empty' : 'missing'}`,
      );
    if ((await readIfThere(files.mark)) !== '') {
      throw new DamagedQueueError(
        `a queue was kept in ${files.directory}, and its files are gone: put them back, or remove ${files.mark} to begin with an empty one`,
      );
    }
    return;
  }
  const listed = parseManifest(text);
  if (listed === undefined) throw damaged(files, `${files.manifest} makes no sense`);
  const missing = listed.find(({ name }) => !there.some((file) => file.name === name));
  if (missing !== undefined) throw damaged(files, `${join(files.directory, missing.name)} is missing`);
}

/** The files that make up the queue; none when there is no list of them. */
export async function listedFiles({ manifest }: QueueFiles): Promise<readonly ListedFile[]> {
  return parseManifest(await readFile(manifest, 'utf8').catch(() => '')) ?? [];
}

/** From now on there is a queue here. */
export async function markQueue({ mark }: QueueFiles): Promise<void> {
  if ((await readIfThere(mark)) !== '') return;
  const text = `Since ${new Date().toISOString()}. Remove this file only with the queue beside it.\n`;
  await writeFile(mark, text, { mode: 0o600 });
}

export function damaged({ directory }: Pick<QueueFiles, 'directory'>, reason: string): DamagedQueueError {
  return new DamagedQueueError(
    `the queue in ${directory} is damaged: ${reason}; nothing was changed, see "dane-relay queue repair"`,
  );
}
