import { describe, expect, test } from 'vitest';
import { contentFaults, type PackedFile } from './package-contents.ts';

const limits = { unpackedBytes: 10_000, foreign: ['/home/somebody'] };

const file = (name: string, content = '', mode = 0o644): PackedFile => ({
  name,
  mode,
  content: Buffer.from(content),
});

const whole = [
  ...['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', 'npm-shrinkwrap.json'].map((name) =>
    file(name),
  ),
  file('config/relay.example.toml'),
  file('dist/main.js', "import './core/dane/index.js';\nawait import('./core/dane/index.js');", 0o755),
  file('dist/core/dane/index.js'),
  file('dist/core/dane/index.d.ts', "export type { A } from './index.ts';"),
  file('dist/status/page/page.html'),
];

test('contentFaults() a package that has everything has none', () => {
  expect(contentFaults(whole, limits)).toEqual([]);
});

test('contentFaults() names what is missing', () => {
  expect(contentFaults(whole.slice(1), limits)).toEqual(['LICENSE is missing']);
});

describe.each<[string, PackedFile, string]>([
  ['a test', file('dist/core/dane/verify.test.js'), 'is of no kind that belongs into the package'],
  ['a source', file('src/main.ts'), 'is of no kind that belongs into the package'],
  ['a map', file('dist/main.js.map'), 'is of no kind that belongs into the package'],
  ['types that nobody can import', file('dist/queue/a.d.ts'), 'is of no kind that belongs into the package'],
  ['settings of npm', file('.npmrc'), 'is of no kind that belongs into the package'],
  ['a mode of an umask', file('docs/a.md', '', 0o600), 'has mode 600 and not 644'],
  ['an executable that is none', file('docs/a.md', '', 0o755), 'has mode 755 and not 644'],
  ['a name of this machine', file('docs/a.md', 'in /home/somebody/x'), 'names /home/somebody'],
  [
    'a key',
    file('docs/a.md', `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n-----END PRIVATE KEY-----`),
    'has a private key',
  ],
  ['a token', file('docs/a.md', '//registry/:_authToken=abc'), 'has a token for a registry'],
  ['a password', file('docs/a.md', 'redis://mail:hunter2@redis.example'), 'has a password in an address'],
  [
    'a module of elsewhere',
    file('dist/a.js', "import x from '../src/b.js';"),
    'imports src/b.js, which is not in the package',
  ],
  [
    'a module that is gone',
    file('dist/a.js', "const x = import('./gone.js');"),
    'imports dist/gone.js, which is not in the package',
  ],
  [
    'types of elsewhere',
    file('dist/core/a.d.ts', "export * from '../queue/b.ts';"),
    'imports dist/queue/b.d.ts, which is not in the package',
  ],
])('contentFaults() %s', (_, extra, fault) => {
  test('is found', () =>
    expect(contentFaults([...whole, extra], limits)).toEqual([`${extra.name}: ${fault}`]));
});

test('contentFaults() too much is found', () => {
  const page = file('docs/a.md', 'a'.repeat(20_000));
  expect(contentFaults([...whole, page], limits)).toEqual([
    expect.stringMatching(/^\d+ octets are more than 10000$/),
  ]);
});
