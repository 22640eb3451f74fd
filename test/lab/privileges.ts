import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

let trial: { readonly obstacle: string | undefined } | undefined;

/**
 * Why this process cannot give a program processes and mounts of its own, or `undefined`. Not even root can do that in most
 * containers.
 */
export function namespaceObstacle(): string | undefined {
  trial ??= { obstacle: tryNamespaces() };
  return trial.obstacle;
}

function tryNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can';
  const { status, stderr } = spawnSync('unshare', ['--pid', '--fork', '--mount', 'true'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `not even this root can (${(stderr ?? 'no unshare').trim()})`;
}

/** Where Debian keeps servers; an ordinary user does not search there. */
const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The search path of this process, and what is missing in it of root's. */
export function searchPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return [...folders, ...sbin.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/** Why no Postfix can be started here, or `undefined`. */
export function postfixObstacle(): string | undefined {
  const obstacle = namespaceObstacle();
  if (obstacle !== undefined) return `${obstacle} start a Postfix`;
  return isInstalled('postconf') ? undefined : 'Postfix is not installed';
}

/** Why no Postfix here can ask for a login or log in, or `undefined`. */
export function saslObstacle(): string | undefined {
  if (!isInstalled('saslpasswd2')) return 'sasl2-bin is not installed';
  const plugins = readdirSync('/usr/lib').map((folder) => join('/usr/lib', folder, 'sasl2/libscram.so'));
  return plugins.some((plugin) => existsSync(plugin)) ? undefined : 'libsasl2-modules is not installed';
}

/** Why a program cannot be called, or `undefined`. */
export function programObstacle(program: string): string | undefined {
  return isInstalled(program) ? undefined : `${program} is not installed`;
}

function isInstalled(program: string): boolean {
  return searchPath()
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program)));
}
