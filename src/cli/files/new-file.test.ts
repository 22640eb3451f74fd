import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNewFile } from './new-file.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-new-file-'));
  path = join(directory, 'file');
});
afterEach(() => rm(directory, { recursive: true }));

describe('openNewFile()', () => {
  it('has its name when it is whole, and not before', async () => {
    const file = await openNewFile(path);
    await file.write('one ');
    await file.write(Buffer.from('two'));
    expect(readdirSync(directory)).toEqual(['file.partial']);
    await file.finish();
    expect(readdirSync(directory)).toEqual(['file']);
    expect(readFileSync(path, 'utf8')).toBe('one two');
  });

  it('is not begun where something has its name', async () => {
    writeFileSync(path, 'mine');
    await expect(openNewFile(path)).rejects.toThrow(`${path} is there already: nothing is written over`);
    expect(readdirSync(directory)).toEqual(['file']);
  });

  it('takes no place that was taken meanwhile', async () => {
    const file = await openNewFile(path);
    await file.write('whole');
    writeFileSync(path, 'mine');
    await expect(file.finish()).rejects.toMatchObject({ code: 'CANNOT_CREATE', exitCode: 73 });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    await file.discard();
    expect(readdirSync(directory)).toEqual(['file']);
  });
});
