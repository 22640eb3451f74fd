import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether this process may do what only root may: start a Postfix, mount, change users. */
export const isRoot = process.getuid?.() === 0;

/** Where Debian keeps servers; an ordinary user does not search there. */
const sbin = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The search path of this process, and what is missing in it of root's. */
export function searchPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return [...folders, ...sbin.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/** Why no Postfix can be started here, or `undefined`. */
export function postfixObstacle(): string | undefined {
  if (!isRoot) return 'only root can start a Postfix';
  const isThere = searchPath()
    .split(delimiter)
    .some((folder) => existsSync(join(folder, 'postconf')));
  return isThere ? undefined : 'Postfix is not installed';
}
