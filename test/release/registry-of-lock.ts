import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { must } from '../fresh/shell.ts';
import { root } from './checkout.ts';
import { nameOf, readLock, type LockedPackage } from './lock.ts';

export interface Registry extends AsyncDisposable {
  readonly url: string;
}

/** As registries tell of a version: its package.json, and where the archive is. */
type Manifest = { readonly name: string; readonly version: string } & Omit<LockedPackage, 'dev'>;
type Packument = Readonly<Record<string, unknown>>;

/**
 * A registry on the loopback interface that has this package, and those it needs as package-lock.json and npm's cache know them.
 * Each of the others has a newer version as well, which is what whoever asks for a range gets.
 */
export async function startRegistry(archive: string, top: string): Promise<Registry> {
  const content = await readFile(archive);
  const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  const own = JSON.parse(await readFile(path.join(top, 'package.json'), 'utf8')) as Manifest;
  const packages = new Map<string, Packument>([[own.name, packument([{ ...own, integrity }])]]);
  const archives = new Map<string, string>([[`${own.name}.tgz`, archive]]);
  const cache = await npmCache();
  for (const [place, { version = '', ...locked }] of installedPackages()) {
    const name = nameOf(place);
    packages.set(
      name,
      packument([
        { ...locked, name, version },
        { ...locked, name, version: newer(version) },
      ]),
    );
    // Those of other systems, of which nothing more is known here.
    if (locked.integrity === undefined) continue;
    archives.set(`${name}.tgz`, contentFile(cache, locked.integrity));
  }
  const server = createServer((request, response) => {
    const asked = decodeURIComponent(request.url ?? '').slice(1);
    const [known, file] = [packages.get(asked), archives.get(asked)];
    if (file !== undefined && existsSync(file)) createReadStream(file).pipe(response);
    else if (known === undefined) response.writeHead(404).end();
    else
      response
        .setHeader('Content-Type', 'application/json')
        .end(JSON.stringify(known).replaceAll('ORIGIN', url));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What is installed with the relay on this system and lacks in npm's cache, so that no registry here can have it. */
export async function missingInCache(): Promise<string[]> {
  const cache = await npmCache();
  return installedPackages()
    .filter(
      ([place, { integrity = '' }]) =>
        existsSync(path.join(root, place)) && !existsSync(contentFile(cache, integrity)),
    )
    .map(([place]) => nameOf(place));
}

function installedPackages(): [string, LockedPackage][] {
  return Object.entries(readLock().packages).filter(([place, { dev }]) => place !== '' && dev !== true);
}

async function npmCache(): Promise<string> {
  return (await must(['npm', 'config', 'get', 'cache'])).trim();
}

/** Where npm keeps what has this digest. */
function contentFile(cache: string, integrity: string): string {
  const [algorithm = '', digest = ''] = integrity.split('-', 2);
  const hex = Buffer.from(digest, 'base64').toString('hex');
  return path.join(cache, '_cacache/content-v2', algorithm, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
}

/** The last of the versions is the latest. */
function packument(versions: readonly Manifest[]): Packument {
  const known = versions.map(({ integrity, ...manifest }) => ({
    ...manifest,
    _hasShrinkwrap: 'files' in manifest,
    dist: { tarball: `ORIGIN/${manifest.name}.tgz`, integrity },
  }));
  const latest = versions.at(-1);
  return {
    name: latest?.name,
    'dist-tags': { latest: latest?.version },
    versions: Object.fromEntries(known.map((one) => [one.version, one])),
  };
}

function newer(version: string): string {
  return version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
}
