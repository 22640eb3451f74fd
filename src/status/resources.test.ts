import { describe, expect, it } from 'vitest';
import { shortages, type Usage } from './resources.ts';

const MiB = 2 ** 20;
const limits = { heap: 1000 * MiB, memory: 2000 * MiB, files: 1000 };
const little: Usage = {
  resident: MiB,
  heapUsed: MiB,
  heapTotal: MiB,
  external: 0,
  arrayBuffers: 0,
  openFiles: 30,
};
const nothing = new Map<string, string>();

describe('shortages()', () => {
  it('are none while little is used', () => {
    expect(shortages(little, limits, nothing).size).toBe(0);
  });

  it('begin at nine tenths of a limit', () => {
    const much = { ...little, openFiles: 900, heapUsed: 900 * MiB, resident: 1800 * MiB };
    expect([...shortages(much, limits, nothing)]).toEqual([
      ['files', '900 of 1000 files that may be open are'],
      ['heap', '900 of 1000 MiB of heap are in use'],
      ['memory', '1800 of 2000 MiB of memory are in use'],
    ]);
    const less = { ...little, openFiles: 899, heapUsed: 899 * MiB, resident: 1799 * MiB };
    expect(shortages(less, limits, nothing).size).toBe(0);
  });

  it('end below eight tenths', () => {
    const known = new Map([['files', '']]);
    expect(shortages({ ...little, openFiles: 800 }, limits, known).has('files')).toBe(true);
    expect(shortages({ ...little, openFiles: 799 }, limits, known).size).toBe(0);
  });

  it('need a limit that is known', () => {
    const much = { ...little, openFiles: 1e9, resident: 1e15 };
    const unknown = { ...limits, memory: undefined, files: undefined };
    expect(shortages(much, unknown, nothing).size).toBe(0);
  });
});
