import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { breaches, emptyRooms, libraryOf, type Module } from './breaches.ts';
import { circles, fileCircles } from './circles.ts';
import { drawing } from './drawing.ts';
import { importsOf } from './imports.ts';
import { walls } from './walls.ts';

const top = join(import.meta.dirname, '../..');

describe('the house', () => {
  let modules: readonly Module[] = [];
  beforeAll(async () => {
    const files = (await readdir(join(top, 'src'), { recursive: true }))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => `src/${file}`);
    modules = await Promise.all(
      files.map(async (file) => ({ file, ...importsOf(file, await readFile(join(top, file), 'utf8')) })),
    );
  });

  test('has no breach in its walls', () => {
    expect(modules.length).toBeGreaterThan(0);
    expect(breaches(modules, walls)).toEqual([]);
  });

  test('has every room that the walls name', () => {
    expect(emptyRooms(modules, walls)).toEqual([]);
  });

  test('has no rooms that go round in a circle', () => {
    expect(circles(walls)).toEqual([]);
  });

  test('has no files that import one another in a circle', () => {
    expect(fileCircles(modules)).toEqual([]);
  });

  test('uses every library that the walls name, and package.json names no other for production', () => {
    const { dependencies } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(walls.libraries).toSorted()).toEqual(Object.keys(dependencies).toSorted());
    const imported = new Set(modules.flatMap(({ imports }) => imports.map(({ from }) => libraryOf(from))));
    expect(Object.keys(walls.libraries).filter((library) => !imported.has(library))).toEqual([]);
  });

  test('is drawn in docs/architecture.md as it is', () => {
    const page = readFileSync(join(top, 'docs/architecture.md'), 'utf8');
    expect(/```walls\n([^`]*)\n```/.exec(page)?.[1]).toBe(drawing(walls));
  });
});

test('the linter keeps clock, dice and timers out of the pure rooms', () => {
  const { overrides } = JSON.parse(readFileSync(join(top, '.oxlintrc.json'), 'utf8')) as {
    overrides: readonly { files: readonly string[]; rules: Record<string, unknown> }[];
  };
  const strict = overrides.filter(({ rules }) => 'no-restricted-globals' in rules);
  expect(strict.map(({ files }) => files)).toEqual([walls.pure.rooms.map((room) => `src/${room}/**/*.ts`)]);
});

describe('circles() finds', () => {
  const none: readonly string[] = [];
  test.each<[string, Record<string, readonly string[]>, readonly string[]]>([
    ['two rooms', { a: ['b'], b: ['a'] }, ['a → b → a']],
    ['a room and one within', { a: ['a/x'], 'a/x': ['a'] }, ['a → a/x → a']],
    ['two rooms within', { a: ['a/x', 'a/y'], 'a/x': ['a/y'], 'a/y': ['a/x'] }, ['a/x → a/y → a/x']],
    ['a way over others', { a: ['b'], b: ['c'], c: ['d'], d: ['b'] }, ['b → c → d → b']],
    ['a room that may import all within another', { a: ['b'], b: none, 'b/x': ['a'] }, ['a → b/x → a']],
    ['each of several', { a: ['b', 'c'], b: ['a'], c: ['a'] }, ['a → b → a', 'a → c → a']],
    ['none where two import a third', { a: ['c'], b: ['a', 'c'], c: none }, none],
    ['all rooms within', { a: ['a/*'], 'a/x': ['a'] }, ['a → a/x → a']],
    ['none by a door', { a: ['shut'], shut: ['shut/*'], 'shut/x': ['b'], b: none }, none],
  ])('%s', (_, rooms, expected) => {
    expect(circles({ rooms, closed: ['shut'] })).toEqual(expected);
  });
});

test('fileCircles() finds two files that import one another, be it for a type alone', () => {
  const sources = [
    ['src/a/x.ts', `import { y } from '../b/y.ts';`],
    ['src/b/y.ts', `import type { X } from '../a/x.ts';`],
    ['src/b/z.ts', `import { y } from './y.ts';`],
  ] as const;
  const modules = sources.map(([file, source]) => ({ file, ...importsOf(file, source) }));
  expect(fileCircles(modules)).toEqual(['src/a/x.ts → src/b/y.ts → src/a/x.ts']);
});

describe('breaches() finds', () => {
  test.each([
    [
      'a room in a room of its own floor',
      'src/status/a.ts',
      `import { x } from '../daemon/start-daemon.ts';`,
    ],
    ['a room in a room below main', 'src/session/a.ts', `import { x } from '../queue/open-queue.ts';`],
    ['core in a room', 'src/core/mail/a.ts', `import { x } from '../../queue/keys.ts';`],
    ['a type alone', 'src/intake/a.ts', `import type { X } from '../session/session.ts';`],
    ['a name passed on', 'src/intake/a.ts', `export { x } from '../session/session.ts';`],
    ['everything passed on', 'src/intake/a.ts', `export * from '../session/session.ts';`],
    ['main in a room', 'src/status/a.ts', `import { x } from '../main.ts';`],
    [
      'an inner room in one beside it',
      'src/queue/scripts/a.ts',
      `import { x } from '../../session/session.ts';`,
    ],
    [
      'an inner room of core that leans the wrong way',
      'src/core/dns/a.ts',
      `import { x } from '../mail/address.ts';`,
    ],
    ['what lies behind a door', 'src/cli/a.ts', `import { x } from '../queue/scripts/a.ts';`],
    ['a library in a room that it does not belong to', 'src/daemon/a.ts', `import { Queue } from 'bullmq';`],
    ['a library in the room around its own', 'src/intake/a.ts', `import { SMTPServer } from 'smtp-server';`],
    ['a part of a library', 'src/session/a.ts', `import x from 'nodemailer/lib/mime-node';`],
    ['a library that nobody knows', 'src/queue/a.ts', `import x from 'left-pad';`],
    ['a scoped library that nobody knows', 'src/queue/a.ts', `import x from '@scope/left-pad/x';`],
    [
      'a module of Node that belongs elsewhere',
      'src/queue/a.ts',
      `import { spawn } from 'node:child_process';`,
    ],
    ['I/O in core', 'src/core/mail/a.ts', `import { readFileSync } from 'node:fs';`],
    ['dice in core', 'src/core/mail/a.ts', `import { randomInt } from 'node:crypto';`],
    ['sockets in core', 'src/core/mail/a.ts', `import { connect } from 'node:net';`],
    [
      'the whole of a module of which core may use a name',
      'src/core/mail/a.ts',
      `import * as net from 'node:net';`,
    ],
    ['a folder that it does not know', 'src/attic/a.ts', ''],
    ['an inner folder that it does not know', 'src/core/attic/a.ts', ''],
    ['a file beside main.ts', 'src/a.ts', ''],
    [
      'an import from a folder that it does not know',
      'src/daemon/a.ts',
      `import { x } from '../attic/x.ts';`,
    ],
    [
      'an import() of what it may not import',
      'src/intake/a.ts',
      `const x = await import('../queue/keys.ts');`,
    ],
    ['an import() that it cannot look through', 'src/session/a.ts', `const x = await import(where);`],
  ])('%s', (_, file, source) => {
    expect(breaches([{ file, ...importsOf(file, source) }], walls)).toHaveLength(1);
  });

  test.each([
    ['its own files', 'src/session/a.ts', `import { x } from './session.ts';`],
    ['core, from any room', 'src/session/a.ts', `import { x } from '../core/mail/address.ts';`],
    ['what it may use of Node, in core', 'src/core/mail/a.ts', `import { isIP } from 'node:net';`],
    [
      'a library in its own room, and in a room within',
      'src/queue/scripts/a.ts',
      `import { Redis } from 'ioredis';`,
    ],
    ['daemon in commands', 'src/commands/relay.ts', `import { x } from '../daemon/start-daemon.ts';`],
  ])('no fault in %s', (_, file, source) => {
    expect(breaches([{ file, ...importsOf(file, source) }], walls)).toEqual([]);
  });
});
