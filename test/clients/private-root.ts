import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { namespaceObstacle } from '../lab/privileges.ts';

/** What Debian packages make of the root of this machine, as a layer above it. */
export type Layer = { readonly directory: string } | { readonly obstacle: string };

const ownMounts = ['--mount', '--pid', '--fork', '--kill-child', '--'];
const { XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
const cache = join(XDG_CACHE_HOME, 'dane-relay-test');

/** What is written to `$3/root` is in `$1`, and what is read is in `$2` where it is not; with processes of its own. */
const mountRoot = `mkdir -p "$1" "$3/work" "$3/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1,workdir=$3/work" "$3/root"
mount -t proc proc "$3/root/proc"
mount --bind /dev "$3/root/dev"
`;

/**
 * The packages are fetched once, and their layer is made once for each state of this machine's packages. No service
 * starts, and nothing of it is on the machine itself: mail servers that shut out one another have a layer each.
 */
const install = `set -e
${mountRoot}
shift 2; place=$1; archives=$2; shift 2
mkdir -p "$archives/partial"
mount --bind "$archives" "$place/root/var/cache/apt/archives"
printf '#!/bin/sh\\nexit 101\\n' > "$place/root/usr/sbin/policy-rc.d"
chmod 755 "$place/root/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive
get() { chroot "$place/root" apt-get -q -y --no-install-recommends \\
  -o Dpkg::Options::=--force-unsafe-io -o APT::Keep-Downloaded-Packages=true "$@"; }
get --download-only install "$@" || { get update && get --download-only install "$@"; } || exit 75
get install "$@"
`;

/**
 * In a private root above the layer `$2`: `$4` has what the client is given, `$5` is how it is called there. The layer is
 * within the root of the machine, and could not be a lower directory beside it.
 */
const play = `set -e
mkdir -p "$3/base" "$3/base-work"
mount -t overlay overlay -o "ro,lowerdir=/,upperdir=$2,workdir=$3/base-work" "$3/base"
set -- "$1" "$3/base" "$3" "$4" "$5"
${mountRoot}
mkdir -p "$3/root/recipe"
cp -r "$4/." "$3/root/recipe"
exec chroot "$3/root" sh -c "cd /recipe && $5"
`;

function digest(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Where a layer of these packages is, or why there is none. Fetches and installs them if need be. */
export async function layerOf(packages: readonly string[]): Promise<Layer> {
  const obstacle = namespaceObstacle();
  if (obstacle !== undefined) return { obstacle: `${obstacle} make a private root` };
  const state = existsSync('/var/lib/dpkg/status') ? readFileSync('/var/lib/dpkg/status') : '';
  const name = `layer-${packages.join('-')}`;
  const directory = join(cache, `${name}.${digest(state)}`);
  if (existsSync(directory)) return { directory };
  const making = `${directory}.${process.pid}`;
  try {
    mkdirSync(join(making, 'upper'), { recursive: true });
    const args = [join(making, 'upper'), '/', join(making, 'place'), join(cache, 'archives'), ...packages];
    await promisify(execFile)('unshare', [...ownMounts, 'sh', '-c', install, 'install', ...args]);
    // That of another state of this machine fits it no more.
    for (const other of readdirSync(cache).filter((one) => /\.[0-9a-f]{16}$/.test(one)))
      if (other.startsWith(`${name}.`)) rmSync(join(cache, other), { recursive: true, force: true });
    renameSync(join(making, 'upper'), directory);
    return { directory };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 75) return { obstacle: 'packages of Debian cannot be fetched' };
    if (/^mount: .*overlay/m.test(stderr ?? '')) return { obstacle: 'there is no overlay file system' };
    const last = `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n');
    throw new Error(`${packages.join(' ')} cannot be installed:\n${last}`, { cause: error });
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** The command line that calls `run` above a layer, with the files of `given`; for a process with mounts of its own. */
export function inPrivateRoot(layer: string, place: string, given: string, run: string): string[] {
  return ['sh', '-c', play, 'play', join(place, 'upper'), layer, place, given, run];
}
