import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('all of it, without options', () => {
  expect(readOptions([])).toEqual({
    nodes: ['20.19', '24'],
    users: ['root', 'somebody'],
    commands: ['start', 'service', 'sockets', 'tutorial', 'package', 'demo', 'test'],
    container: true,
    suite: 'bookworm',
    cache: '/var/cache/dane-relay-fresh',
  });
});

test('some of it; commands keep their order', () => {
  const args = ['--node', '24', '--user', 'root', '--command', 'demo', '--command', 'start', '--cache', '/c'];
  expect(readOptions(args)).toMatchObject({
    nodes: ['24'],
    users: ['root'],
    commands: ['start', 'demo'],
    container: false,
    cache: '/c',
  });
});

test('the image for containers alone', () => {
  expect(readOptions(['--command', 'container'])).toMatchObject({ commands: [], container: true });
});

test.each([
  [['--node', 'lts'], /--node takes a version/],
  [['--user', 'a b'], /--user takes a name/],
  [
    ['--command', 'bench'],
    /--command is one of start, service, sockets, tutorial, package, demo, test, container, not bench/,
  ],
  [['--suite', '../x'], /--suite takes a name/],
  [['--unknown'], /Unknown option/],
])('%j is refused', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
