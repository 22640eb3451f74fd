import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The packages that the relay needs when it runs, of those that package-lock.json has and that are there: their directories
 * below `root`, and what the lock file says of each.
 */
export function productionPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true && existsSync(join(root, path)))
    .map(([path, { version, optional = false }]) => ({ path, version, optional }));
}
