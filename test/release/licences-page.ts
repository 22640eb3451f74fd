import { productionDependencies, renderLicences } from './licences.ts';
import type { Lock } from './lock.ts';

const mark = '<!-- table: written by npm run docs:licences -->\n\n';

/** docs/licences.md as it should be: what stands above the mark, and the table. */
export function licencesPage(page: string, lock: Lock): string {
  const [head = ''] = page.split(mark);
  return `${head}${mark}${renderLicences(productionDependencies(lock))}`;
}
