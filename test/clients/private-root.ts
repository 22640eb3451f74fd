import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { namespaceObstacle } from '../lab/privileges.ts';

/** What Debian packages make of the root of this machine, as a layer above it. */
export type Layer = { readonly directory: string } | { readonly obstacle: string };

const ownMounts = ['--mount', '--pid', '--fork', '--kill-child', '--'];
const { XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
const cache = join(XDG_CACHE_HOME, 'dane-relay-test');

/** `$1` above `$2` at `$3`/root, with processes, devices and names of its own; `$3` is empty. */
const mountRoot = `mkdir -p "$3/work" "$3/root"
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

/** In a private root: `$4` has what the client is given, `$5` is how it is called there. */
const play = `set -e
${mountRoot}
mkdir -p "$3/root/recipe"
cp -r "$4/." "$3/root/recipe"
exec chroot "$3/root" sh -c "cd /recipe && $5"
`;

/** Where a layer of these packages is, or why there is none. Fetches and installs them if need be. */
export async function layerOf(packages: readonly string[]): Promise<Layer> {
  const obstacle = namespaceObstacle();
  if (obstacle !== undefined) return { obstacle: `${obstacle} make a private root` };
  const state = existsSync('/var/lib/dpkg/status') ? readFileSync('/var/lib/dpkg/status') : '';
  const key = createHash('sha256').update(packages.join(' ')).update(state).digest('hex').slice(0, 16);
  const directory = join(cache, `layer-${key}`);
  if (existsSync(directory)) return { directory };
  const making = `${directory}.${process.pid}`;
  try {
    mkdirSync(join(making, 'upper'), { recursive: true });
    const args = [join(making, 'upper'), '/', join(making, 'place'), join(cache, 'archives'), ...packages];
    await promisify(execFile)('unshare', [...ownMounts, 'sh', '-c', install, 'install', ...args]);
    if (!existsSync(directory)) renameSync(join(making, 'upper'), directory);
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
  return ['sh', '-c', play, 'play', join(place, 'upper'), `${layer}:/`, place, given, run];
}
