import { readFileSync } from 'node:fs';
import { productionDependencies, renderLicences, type Lock } from './licences.ts';

const mark = '<!-- table: written by npm run docs:licences -->\n\n';

/** docs/licences.md as it should be: what stands above the mark, and the table. */
export function licencesPage(page: string, lock: Lock): string {
  const [head = ''] = page.split(mark);
  return `${head}${mark}${renderLicences(productionDependencies(lock))}`;
}

export function readLock(file: string): Lock {
  return JSON.parse(readFileSync(file, 'utf8')) as Lock;
}
