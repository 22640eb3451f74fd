import { readFileSync } from 'node:fs';

/** package-lock.json without what only builds and tests. */
export function productionLock() {
  const { packages, ...lock } = read('package-lock.json');
  const { devDependencies: _, ...own } = packages[''];
  const used = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  return { ...lock, packages: { '': own, ...Object.fromEntries(used) } };
}

/** package.json, the same. */
export function productionManifest() {
  const { devDependencies: _, ...manifest } = read('package.json');
  return manifest;
}

function read(name) {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
}
