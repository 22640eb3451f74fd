import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildError } from './child-error.ts';
import { readIfThere } from './claimed-directory.ts';

/** The queue cannot be read as it is. Only the operator can decide how to go on. */
export class DamagedQueueError extends ChildError {
  override name = 'DamagedQueueError';
  /** EX_DATAERR of sysexits. */
  readonly exitCode = 65;
  override readonly isLasting = true;
}

/** The directory of Redis's files (since 7.0): a base, increments with what was written since, and a list of these. */
export interface QueueFiles {
  readonly directory: string;
  readonly manifest: string;
  /** Marks that a queue was kept here, so that a lost queue is not taken for one that never existed. */
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

/** A file that holds a part of a queue, according to its name. */
export interface DataFile {
  readonly name: string;
  readonly kind: 'base' | 'increment';
  readonly sequence: number;
}

/** Sorted by kind, then by sequence; empty if there is no directory. */
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

/**
 * The files that make up the queue, in the order in which they are read. Undefined if the text is no manifest that
 * Redis has written, with whole lines, one base, and increments in order.
 */
export function parseManifest(text: string): readonly ListedFile[] | undefined {
  const files: ListedFile[] = [];
  let newest = 0;
  if (!text.endsWith('\n')) return undefined;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, sequence, type] = /^file (\S+) seq (\d+) type ([bhi])(?: .*)?$/.exec(line) ?? [];
    if (name === undefined) return undefined;
    if (type === 'i' && Number(sequence) <= newest) return undefined;
    if (type === 'i') newest = Number(sequence);
    // History files only wait to be removed.
    if (type !== 'h') files.push({ name, kind: type === 'b' ? 'base' : 'increment' });
  }
  return files.filter(({ kind }) => kind === 'base').length === 1 ? files : undefined;
}

/** The manifest for these files. */
export function manifestOf(files: readonly DataFile[]): string {
  return files
    .map(({ name, kind, sequence }) => `file ${name} seq ${sequence} type ${kind === 'base' ? 'b' : 'i'}\n`)
    .join('');
}

/**
 * Whether Redis, if started now, would begin with what it had. If the list of its files is gone, or does not name them,
 * Redis begins with nothing and writes over them. This reads one directory.
 *
 * @throws DamagedQueueError
 */
export async function checkQueueFiles(files: QueueFiles): Promise<void> {
  const there = await dataFiles(files);
  const isMarked = (await readIfThere(files.mark)) !== '';
  const hasManifest = (await sizeOf(files.manifest)) !== undefined;
  if (!hasManifest && there.length === 0) {
    if (!isMarked) return;
    throw new DamagedQueueError(
      `a queue was kept in ${files.directory}, and its files are gone: put them back, or remove ${files.mark} to begin with an empty one`,
    );
  }
  if (!hasManifest && !isMarked && (await isFirstStart(files, there))) return;
  const trouble = await listTrouble(files, there);
  if (trouble !== undefined) throw damaged(files, trouble);
  for (const { name, kind } of await listedFiles(files)) {
    const path = join(files.directory, name);
    const size = await sizeOf(path);
    if (size === undefined) throw damaged(files, `${path} is missing`);
    // Redis would take it for an empty list, and never writes such a list.
    if (size === 0 && kind === 'base') throw damaged(files, `${path} is empty`);
  }
}

/** What is wrong with the list of files itself, in words; undefined if it is whole. */
export async function listTrouble(
  files: QueueFiles,
  there: readonly DataFile[],
): Promise<string | undefined> {
  const { manifest } = files;
  const text = await readIfThere(manifest).catch((error: unknown) => {
    throw damaged(files, `${manifest} cannot be read (${String(error)})`);
  });
  if (text === '') {
    const how = (await sizeOf(manifest)) === undefined ? 'missing' : 'empty';
    return `${manifest}, the list of its files, is ${how}`;
  }
  const listed = parseManifest(text);
  if (listed === undefined) return `${manifest} makes no sense`;
  const base = there.find(({ name }) => listed.some((file) => file.kind === 'base' && file.name === name));
  for (const file of there) {
    if (text.includes(`file ${file.name} `)) continue;
    // Both are made before they are put on the list. A crash in between leaves an empty increment, and a base that is
    // not needed yet.
    const isNew = file.kind === 'base' && base !== undefined && file.sequence > base.sequence;
    const path = join(files.directory, file.name);
    if (!isNew && (await sizeOf(path)) !== 0) return `${path} is not on ${manifest}, the list of its files`;
  }
  return undefined;
}

/** What a first start leaves behind if it is cut off before it serves a client. */
async function isFirstStart(files: QueueFiles, there: readonly DataFile[]): Promise<boolean> {
  for (const { name, kind, sequence } of there) {
    if (sequence !== 1) return false;
    if (kind === 'increment' && (await sizeOf(join(files.directory, name))) !== 0) return false;
  }
  return true;
}

/** Undefined if nothing has that name. */
async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** The files that make up the queue; none if there is no list of them. */
export async function listedFiles({ manifest }: QueueFiles): Promise<readonly ListedFile[]> {
  return parseManifest(await readFile(manifest, 'utf8').catch(() => '')) ?? [];
}

/** Notes that from now on there is a queue here. */
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
