import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { must, run } from '../fresh/shell.ts';
import { startSmallLab } from '../support/small-lab.ts';
import { unless } from '../support/unless.ts';
import { copyCheckout, root } from './checkout.ts';
import { contentFaults } from './package-contents.ts';
import { pack, readPacked, unpack } from './package.ts';
import { registryObstacle } from './registry.ts';

/** What `npm pack` makes of a clone, and what becomes of it in an empty folder of somebody else. */

/** Twice what it was when this was written: a bound against what slips in, not against what grows. */
const packedBytes = 4_000_000;
const unpackedBytes = 15_000_000;

const directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-package-'));
const checkout = path.join(directory, 'checkout');
await copyCheckout(checkout);
const archive = await pack(checkout, path.join(directory, 'packed'));
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};

const empty = path.join(directory, 'empty');
const obstacle = await install();

afterAll(() => rm(directory, { recursive: true, force: true }));

/** Somebody installs the archive. Resolves to why that cannot be tried here, or `undefined`. Throws where it fails. */
async function install(): Promise<string | undefined> {
  await mkdir(empty);
  const source = registryObstacle === undefined ? '--prefer-online' : '--offline';
  const options = ['--omit=dev', '--no-audit', '--no-fund', source];
  const { code, output } = await run(['npm', 'install', ...options, archive], { cwd: empty });
  if (code === 0) return undefined;
  if (registryObstacle !== undefined && /ENOTCACHED|ETARGET/.test(output))
    return 'the cache of npm here lacks packages, and npm run release:check fetches them';
  throw new Error(`npm install ended with ${code}:\n${output}`);
}

describe('the package', () => {
  test('has what it should have, and nothing else', async () => {
    const files = await readPacked(await unpack(archive, path.join(directory, 'unpacked')));
    const foreign = [root, directory, process.env['HOME'] ?? root, hostname()].filter(
      (word) => word.length > 4,
    );
    expect(contentFaults(files, { unpackedBytes, foreign })).toEqual([]);
    expect((await stat(archive)).size).toBeLessThan(packedBytes);
  });

  test('leaves nothing in the clone that git would see', async () => {
    const { packages } = JSON.parse(await readFile(path.join(checkout, 'package-lock.json'), 'utf8')) as Lock;
    expect(packages['']?.devDependencies).toBeDefined();
    await expect(stat(path.join(checkout, 'npm-shrinkwrap.json'))).rejects.toThrow('ENOENT');
  });
});

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly dev?: boolean;
        readonly optional?: boolean;
        readonly devDependencies?: object;
      }
    >
  >;
}

unless(obstacle, describe)('installed without what only builds and tests', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startSmallLab();
  });
  afterAll(() => lab?.[Symbol.asyncDispose]());

  const npx = (...words: string[]) => run(['npx', '--no-install', 'dane-relay', ...words], { cwd: empty });

  test('tells its version', async () => {
    expect(await npx('--version')).toEqual({ code: 0, output: `${version}\n` });
  });

  test.each([
    ['good.test', 0, /^good\.test: protected by DANE\./m],
    ['wrong-key.test', 1, /^wrong-key\.test: /m],
  ])('checks %s', async (domain, status, verdict) => {
    const settings = {
      'dns.servers': lab.dnsServer,
      'delivery.port': String(lab.port),
      hostname: 'relay.test',
      data_dir: path.join(directory, 'data'),
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const { code, output } = await npx('check', domain, ...set);
    expect(output).toMatch(verdict);
    expect(code).toBe(status);
  });

  test('is a library with types', async () => {
    await mkdir(path.join(empty, 'node_modules/@types'), { recursive: true });
    await must([
      'ln',
      '-s',
      path.join(root, 'node_modules/@types/node'),
      path.join(empty, 'node_modules/@types/node'),
    ]);
    const program = `
      import { parseTlsa, tlsaText, type TlsaRecord } from 'dane-relay/dane';
      const record: TlsaRecord = parseTlsa(Buffer.from('030101abcd', 'hex'));
      console.log(tlsaText(record));`;
    await writeFile(path.join(empty, 'program.mts'), program);
    await must(
      [
        path.join(root, 'node_modules/.bin/tsc'),
        '--strict',
        '--module',
        'nodenext',
        '--types',
        'node',
        'program.mts',
      ],
      { cwd: empty },
    );
    expect(await must([process.execPath, 'program.mjs'], { cwd: empty })).toBe('3 1 1 ABCD\n');
  });

  test('has the versions that were tested, and no others', async () => {
    const { packages } = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
    const tested = Object.entries(packages).filter(([name, { dev }]) => name !== '' && dev !== true);
    const wanted = new Set(tested.map(([name, { version: of = '' }]) => `${nameOf(name)}@${of}`));
    const { packages: got } = JSON.parse(
      await readFile(path.join(empty, 'node_modules/.package-lock.json'), 'utf8'),
    ) as Lock;
    const installed = Object.entries(got).filter(([name]) => nameOf(name) !== 'dane-relay');
    expect(
      installed
        .map(([name, { version: of = '' }]) => `${nameOf(name)}@${of}`)
        .filter((one) => !wanted.has(one)),
    ).toEqual([]);
    expect(installed.length).toBeGreaterThan(
      tested.filter(([, { optional }]) => optional !== true).length - 1,
    );
  });
});

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
