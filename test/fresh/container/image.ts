import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { debianSources } from '../debian-root.ts';
import { Impossible } from '../machine.ts';
import { nodeLayer } from '../node-layer.ts';
import { must, run } from '../shell.ts';

/** Where buildah and podman keep images. */
export interface ImageStore {
  /** For CONTAINERS_STORAGE_CONF. */
  readonly configuration: string;
  /** With the images, for other stores that read them. */
  readonly graph: string;
}

/** The images that the Dockerfile begins with, by the names that it gives them. */
const suite = 'trixie';
const debianImage = `docker.io/library/debian:${suite}-slim`;
const nodeImage = `docker.io/library/node:24-${suite}-slim`;
export const image = 'localhost/dane-relay';

/** Debian's names of the programs that are needed for it. */
const programs = { buildah: 'buildah', podman: 'podman', runc: 'runc', mmdebstrap: 'mmdebstrap' };

/**
 * Builds the image by the Dockerfile of this checkout, with buildah. No image can be pulled here: those that it begins with
 * are made from Debian's packages and npm's Node, and have the names of the real ones. Throws Impossible where this machine
 * lets nobody make one.
 */
export async function buildImage(cache: string, say: (text: string) => void): Promise<ImageStore> {
  for (const [program, name] of Object.entries(programs))
    if ((await run(['which', program])).code !== 0)
      throw new Impossible(`${program} is missing: apt-get install --no-install-recommends ${name}`);
  const store = await openStore(path.join(cache, 'containers'));
  const debian = await slimRoot(cache);
  const node = await nodeLayer(cache, '24');
  await importImage(store, debianImage, [debian], 'scratch');
  await importImage(store, nodeImage, [node], debianImage);
  const host = await registriesOf(cache);
  const options = [
    '--format',
    'docker',
    '--isolation',
    'chroot',
    '--network',
    'host',
    '--pull-never',
    '--layers',
  ];
  const files = [
    '--file',
    'deploy/container/Dockerfile',
    '--ignorefile',
    'deploy/container/Dockerfile.dockerignore',
  ];
  const volumes = host.flatMap(([from, to]) => ['--volume', `${from}:${to}:ro`]);
  const built = await run(['buildah', 'bud', ...options, ...files, ...volumes, '--tag', image, '.'], {
    env: environmentOf(store),
    onText: say,
  });
  if (built.code !== 0) throw new Error('the image was not built');
  return store;
}

export function environmentOf({ configuration }: ImageStore): Readonly<Record<string, string | undefined>> {
  return { ...process.env, CONTAINERS_STORAGE_CONF: configuration };
}

/** @param readFrom directories of other stores, whose images are seen in this one */
export async function openStore(directory: string, readFrom: readonly string[] = []): Promise<ImageStore> {
  await mkdir(directory, { recursive: true });
  const [configuration, graph] = ['storage.conf', 'graph'].map((name) => path.join(directory, name)) as [
    string,
    string,
  ];
  const lines = [
    '[storage]',
    'driver = "overlay"',
    `graphroot = "${graph}"`,
    `runroot = "${path.join(directory, 'run')}"`,
    '[storage.options]',
    `additionalimagestores = [${readFrom.map((one) => `"${one}"`).join(', ')}]`,
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const { code, output } = await run(['buildah', 'images'], { env: environmentOf({ configuration, graph }) });
  if (code !== 0) throw new Impossible(`buildah: ${output.trim()}`);
  return { configuration, graph };
}

/** What the official image has, apart from what that leaves out of the packages; made once. */
async function slimRoot(cache: string): Promise<string> {
  const root = path.join(cache, `slim-${suite}`);
  if (existsSync(root)) return root;
  const making = `${root}.making`;
  await rm(making, { recursive: true, force: true });
  const acquire = path.join(cache, 'slim.apt.conf');
  await writeFile(acquire, await must(['apt-config', 'dump', 'Acquire']));
  const options = ['--quiet', '--variant=minbase', `--aptopt=${acquire}`];
  await must(['mmdebstrap', ...options, suite, making, '-'], { input: await debianSources(suite) });
  // Nothing is started while packages are installed, as in the official one.
  const policy = path.join(making, 'usr/sbin/policy-rc.d');
  await writeFile(policy, '#!/bin/sh\nexit 101\n');
  await chmod(policy, 0o755);
  await rename(making, root);
  return root;
}

async function importImage(
  store: ImageStore,
  name: string,
  directories: readonly string[],
  from: string,
): Promise<void> {
  const env = environmentOf(store);
  if ((await run(['buildah', 'inspect', '--type', 'image', name], { env })).code === 0) return;
  const container = (await must(['buildah', 'from', '--quiet', '--pull-never', from], { env }))
    .trim()
    .split('\n')
    .at(-1);
  for (const directory of directories)
    await must(['buildah', 'add', '--quiet', container ?? '', directory, '/'], { env });
  const search = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await must(['buildah', 'config', '--env', search, '--cmd', 'bash', container ?? ''], { env });
  await must(['buildah', 'commit', '--quiet', '--rm', container ?? '', name], { env });
}

/** What apt and npm need to reach their registries as this machine does: files here, and their places while it is built. */
async function registriesOf(cache: string): Promise<readonly (readonly [string, string])[]> {
  const directory = path.join(cache, 'registries');
  await mkdir(directory, { recursive: true });
  const at = (name: string): string => path.join(directory, name);
  const bundle = '/run/registries.crt';
  await writeFile(
    at('apt.conf'),
    `${await must(['apt-config', 'dump', 'Acquire'])}\nAcquire::https::CAInfo "${bundle}";\n`,
  );
  const registry = (await must(['npm', 'config', 'get', 'registry'])).trim();
  await writeFile(at('npmrc'), `cafile=${bundle}\nregistry=${registry}\nupdate-notifier=false\n`);
  await copyFile('/etc/ssl/certs/ca-certificates.crt', at('registries.crt'));
  return [
    [at('apt.conf'), '/etc/apt/apt.conf.d/99registries'],
    [at('npmrc'), '/usr/local/etc/npmrc'],
    [at('registries.crt'), bundle],
  ];
}
