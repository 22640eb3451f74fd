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

/**
 * The files that make up the queue, in the order they are read in; undefined when the text is no manifest that Redis has
 * written: lines that are whole, one base, increments in their order.
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
    // What is history is only waiting to be removed.
    if (type !== 'h') files.push({ name, kind: type === 'b' ? 'base' : 'increment' });
  }
  return files.filter(({ kind }) => kind === 'base').length === 1 ? files : undefined;
}

/** What it would say of these. */
export function manifestOf(files: readonly DataFile[]): string {
  return files
    .map(({ name, kind, sequence }) => `file ${name} seq ${sequence} type ${kind === 'base' ? 'b' : 'i'}\n`)
    .join('');
}

/**
 * Whether Redis, started now, would begin with what it had: it begins with nothing where the list of its files is gone,
 * or they are not on it, and writes over them. Costs a look at a directory.
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
    // Redis would take it for one that says nothing, and never writes such a one.
    if (size === 0 && kind === 'base') throw damaged(files, `${path} is empty`);
  }
}

/** What is wrong with the list of the files itself, in words; undefined when it is whole. */
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
    // Both are made before they are put on the list: a crash between the two leaves an increment that is empty, and a base
    // that nobody has need of yet.
    const isNew = file.kind === 'base' && base !== undefined && file.sequence > base.sequence;
    const path = join(files.directory, file.name);
    if (!isNew && (await sizeOf(path)) !== 0) return `${path} is not on ${manifest}, the list of its files`;
  }
  return undefined;
}

/** What a first start leaves that was cut off before it had come to serve anybody. */
async function isFirstStart(files: QueueFiles, there: readonly DataFile[]): Promise<boolean> {
  for (const { name, kind, sequence } of there) {
    if (sequence !== 1) return false;
    if (kind === 'increment' && (await sizeOf(join(files.directory, name))) !== 0) return false;
  }
  return true;
}

/** Undefined if there is nothing of that name. */
async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
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
