import { describe, expect, it } from 'vitest';
import { manifestOf, parseManifest } from './append-only-files.ts';

describe('parseManifest()', () => {
  it('lists what makes up the queue, in order, without what is only history', () => {
    const text =
      'file appendonly.aof.2.base.rdb seq 2 type b\n' +
      'file appendonly.aof.1.incr.aof seq 1 type h\n' +
      'file appendonly.aof.2.incr.aof seq 2 type i\nfile appendonly.aof.3.incr.aof seq 3 type i startoffset 7\n';
    expect(parseManifest(text)).toEqual([
      { name: 'appendonly.aof.2.base.rdb', kind: 'base' },
      { name: 'appendonly.aof.2.incr.aof', kind: 'increment' },
      { name: 'appendonly.aof.3.incr.aof', kind: 'increment' },
    ]);
  });

  const base = 'file appendonly.aof.1.base.rdb seq 1 type b\n';
  const increment = 'file appendonly.aof.1.incr.aof seq 1 type i\n';

  it.each([
    '',
    '\n',
    'what?\n',
    'file a seq x type b\n',
    '\0\0\0\0',
    '# nothing\n',
    // Redis does not read these either.
    (base + increment).trimEnd(),
    base + increment + increment,
    base + base + increment,
    increment,
  ])('knows no list: %j', (text) => {
    expect(parseManifest(text)).toBeUndefined();
  });

  it('reads what manifestOf() writes', () => {
    const text = manifestOf([
      { name: 'appendonly.aof.1.base.rdb', kind: 'base', sequence: 1 },
      { name: 'appendonly.aof.1.incr.aof', kind: 'increment', sequence: 1 },
    ]);
    expect(parseManifest(text)?.map(({ kind }) => kind)).toEqual(['base', 'increment']);
  });
});
