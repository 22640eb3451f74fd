import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { must, run } from '../fresh/shell.ts';
import { startSmallLab } from '../support/small-lab.ts';
import { unless } from '../support/unless.ts';
import { copyCheckout, root } from './checkout.ts';
import { nameOf, readLock, type Lock } from './lock.ts';
import { contentFaults } from './package-contents.ts';
import { pack, readPacked, unpack } from './package.ts';
import { registryObstacle } from './registry.ts';
import { missingInCache, startRegistry, type Registry } from './registry-of-lock.ts';

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

const top = await unpack(archive, path.join(directory, 'unpacked'));

const missing = await missingInCache();
const obstacle = missing.length === 0 ? undefined : `npm's cache lacks ${missing.join(', ')}`;

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the package', () => {
  test('has what it should have, and nothing else', async () => {
    const files = await readPacked(top);
    const { homedir } = userInfo();
    // A word like that of root's home is in many texts.
    const foreign = [root, directory, ...(homedir.startsWith('/home/') ? [homedir] : [])];
    expect(contentFaults(files, { unpackedBytes, foreign })).toEqual([]);
    expect((await stat(archive)).size).toBeLessThan(packedBytes);
  });

  test('leaves nothing in the clone that git would see', async () => {
    const { packages } = readLock(path.join(checkout, 'package-lock.json'));
    expect(packages['']?.devDependencies).toBeDefined();
    await expect(stat(path.join(checkout, 'npm-shrinkwrap.json'))).rejects.toThrow('ENOENT');
  });
});

unless(obstacle, describe)('installed without what only builds and tests', () => {
  const empty = path.join(directory, 'empty');
  const npmOptions = ['--no-audit', '--no-fund', '--omit=dev', `--cache=${path.join(directory, 'cache')}`];
  let lab: Lab;
  let registry: Registry;
  beforeAll(async () => {
    [lab, registry] = await Promise.all([startSmallLab(), startRegistry(archive, top)]);
    await mkdir(empty);
    await must(['npm', 'install', ...npmOptions, `--registry=${registry.url}`, 'dane-relay'], { cwd: empty });
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  const npx = (...words: string[]) => run(['npx', '--no-install', 'dane-relay', ...words], { cwd: empty });

  test('tells its version', async () => {
    expect(await npx('--version')).toEqual({ code: 0, output: `dane-relay ${version}\n` });
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

  test('npx takes it from the archive, too, without an installation', async () => {
    const options = [`--registry=${registry.url}`, `--cache=${path.join(directory, 'other-cache')}`];
    const { code, output } = await run(
      ['npx', '--yes', ...options, '--package', archive, 'dane-relay', '--version'],
      { cwd: directory },
    );
    expect(output.split('\n')).toContain(`dane-relay ${version}`);
    expect(code).toBe(0);
  });

  unless(registryObstacle, test)('its archive is installed from the registry of everybody', async () => {
    const other = path.join(directory, 'other');
    await mkdir(other);
    await must(['npm', 'install', ...npmOptions, archive], { cwd: other });
    const { code } = await run(['npx', '--no-install', 'dane-relay', '--version'], { cwd: other });
    expect(code).toBe(0);
  });

  test('is a library with types', async () => {
    await mkdir(path.join(empty, 'node_modules/@types'), { recursive: true });
    await symlink(path.join(root, 'node_modules/@types/node'), path.join(empty, 'node_modules/@types/node'));
    const program = `
      import { parseTlsa, tlsaText, type TlsaRecord } from 'dane-relay/dane';
      const record: TlsaRecord = parseTlsa(Buffer.from('030101abcd', 'hex'));
      console.log(tlsaText(record));`;
    await writeFile(path.join(empty, 'program.mts'), program);
    const flags = ['--strict', '--module', 'nodenext', '--types', 'node'];
    await must([path.join(root, 'node_modules/.bin/tsc'), ...flags, 'program.mts'], { cwd: empty });
    expect(await must([process.execPath, 'program.mjs'], { cwd: empty })).toBe('3 1 1 ABCD\n');
  });

  test('has the versions that were tested, and no others', async () => {
    const versionsIn = (packages: Lock['packages']): string[] =>
      Object.entries(packages).map(([place, { version: of = '' }]) => `${nameOf(place)}@${of}`);
    const { '': _, ...tested } = readLock().packages;
    const { packages: installed } = readLock(path.join(empty, 'node_modules/.package-lock.json'));
    const others = versionsIn(installed).filter((one) => !versionsIn(tested).includes(one));
    expect(others).toEqual([`dane-relay@${version}`]);
    // All that every system needs.
    const needed = Object.values(tested).filter(({ dev, optional }) => dev !== true && optional !== true);
    expect(Object.keys(installed).length).toBeGreaterThan(needed.length);
  });
});
