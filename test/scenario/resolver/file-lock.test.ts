import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDirectory } from '../../../src/children/claimed-directory.ts';
import { lockFile } from '../../../src/children/file-lock.ts';
import { identify } from '../../../src/children/process-table.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'file-lock-'));
  file = join(directory, 'lock');
});
afterEach(() => rm(directory, { recursive: true }));

/** Another process that holds the lock, with a child of its own that outlives it. */
async function holder(): Promise<ChildProcess> {
  const module = new URL('../../../dist/children/file-lock.js', import.meta.url).href;
  const script = `const { lockFile } = await import(${JSON.stringify(module)});
    const lock = await lockFile(${JSON.stringify(file)});
    const { spawn } = await import('node:child_process');
    spawn('sleep', ['30'], { stdio: 'ignore', detached: true }).unref();
    process.stdout.write(lock === undefined ? 'taken' : 'locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('locked');
  return child;
}

describe('lockFile()', () => {
  it('gives a file to one of many who want it in the same moment', async () => {
    const locks = await Promise.all(Array.from({ length: 20 }, () => lockFile(file)));
    const held = locks.filter((lock) => lock !== undefined);
    expect(held).toHaveLength(1);
    held[0]?.write('7\n');
    held[0]?.write('8\n');
    expect(await readFile(file, 'utf8')).toBe('8\n');
    held[0]?.release();
    expect(await readFile(file, 'utf8')).toBe('');
    (await lockFile(file))?.release();
  });

  it('leaves it to a process that lives, though it may be stopped, and takes it from one that was killed', async () => {
    const child = await holder();
    expect(await lockFile(file)).toBeUndefined();
    child.kill('SIGSTOP');
    expect(await lockFile(file)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await lockFile(file);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it('is not fooled by a file that was put in the place of the locked one', async () => {
    const first = await lockFile(file);
    await rm(file);
    await writeFile(file, '');
    const second = await lockFile(file);
    expect(second).toBeDefined();
    expect(await lockFile(file)).toBeUndefined();
    first?.release();
    second?.release();
  });

  it('says what is wrong where nothing can be locked', async () => {
    await expect(lockFile(join(directory, 'nowhere/lock'))).rejects.toThrow('ENOENT');
  });
});

describe('claimDirectory()', () => {
  it('takes a directory over whose owner had our own number, as in a container', async () => {
    const self = await identify(process.pid);
    await writeFile(join(directory, 'owner'), `${process.pid} ${self?.startTicks}\n`);
    const claimed = await claimDirectory(directory);
    await expect(claimDirectory(directory)).rejects.toThrow(`process ${process.pid} uses this directory`);
    await claimed.release();
  });
});
