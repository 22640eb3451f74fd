import { copyFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { must, run } from './shell.ts';

/** What a person has who has cloned the repository, and what TLS to a registry may need. */
const packages = ['git', 'ca-certificates'];

/**
 * A new Debian root with git and nothing else, made with mmdebstrap where it is not in the cache yet. apt and npm in it
 * reach their registries in the way this machine's do.
 */
export async function debianRoot(cache: string, suite: string): Promise<string> {
  const root = path.join(cache, `debian-${suite}`);
  if (existsSync(root)) return root;
  const making = `${root}.making`;
  await rm(making, { recursive: true, force: true });
  const acquire = path.join(cache, 'apt.conf');
  await writeFile(acquire, await must(['apt-config', 'dump', 'Acquire']));
  const options = ['--quiet', '--variant=minbase', `--include=${packages.join(',')}`, `--aptopt=${acquire}`];
  await must(['mmdebstrap', ...options, suite, making, '-'], { input: await debianSources(suite) });
  await copyAsItIs(making);
  // Whole or not at all, whenever this is interrupted.
  await rename(making, root);
  return root;
}

/** Where this machine has Debian from, in the one-line style; other archives it may know are no part of Debian. */
export async function debianSources(suite: string): Promise<string> {
  const list = (): Promise<string> => {
    const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)';
    return must(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages', 'Origin: Debian']);
  };
  let text = await list();
  if (text.trim() === '') {
    await must(['apt-get', '-q', 'update']);
    text = await list();
  }
  const lines = text.trim().split('\n').filter(Boolean);
  if (lines.length === 0) throw new Error('apt on this machine knows no archive of Debian');
  const own = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? suite;
  return lines.map((line) => `deb ${line.replace(` ${own}`, ` ${suite}`)}\n`).join('');
}

/** Certificates that vouch for the registries, and where npm finds its. */
async function copyAsItIs(root: string): Promise<void> {
  const [bundle, ownCertificates] = [
    '/etc/ssl/certs/ca-certificates.crt',
    '/usr/local/share/ca-certificates',
  ];
  if (existsSync(bundle)) await copyFile(bundle, path.join(root, bundle));
  if (existsSync(ownCertificates))
    await cp(ownCertificates, path.join(root, ownCertificates), { recursive: true });
  const keys = '/etc/apt/trusted.gpg.d';
  if (existsSync(keys)) await cp(keys, path.join(root, keys), { recursive: true });
  const skeleton = path.join(root, 'etc/skel');
  for (const [kind, place] of [
    ['globalconfig', path.join(root, 'usr/local/etc/npmrc')],
    ['userconfig', path.join(skeleton, '.npmrc')],
  ] as const) {
    const { code, output } = await run(['npm', 'config', 'get', kind]);
    const file = output.trim();
    if (code !== 0 || !existsSync(file)) continue;
    await mkdir(path.dirname(place), { recursive: true });
    await copyFile(file, place);
  }
  if (existsSync(path.join(skeleton, '.npmrc')))
    await copyFile(path.join(skeleton, '.npmrc'), path.join(root, 'root/.npmrc'));
}
