import { dirname, join, relative } from 'node:path/posix';
import type { Page, Site } from './pages.ts';

/** Where a link of a page leads within the site: relative, so that the site works from any folder. */
export function addressOf(target: string, from: Page, site: Site): Address {
  if (/^[a-z]+:/.test(target) || target.startsWith('#')) return { kind: 'as it is' };
  const [path = '', anchor] = target.split('#');
  const source = join(dirname(from.source), path).replace(/\/$/, '');
  const url =
    site.pages.find((page) => page.source === source || page.source === `${source}/README.md`)?.url ??
    site.files.find(([file]) => file === source)?.[1];
  // Source files are in the repository, not in the site.
  if (url === undefined) return { kind: 'in the repository', source };
  return { kind: 'in the site', href: between(from.url, url) + (anchor === undefined ? '' : `#${anchor}`) };
}

export type Address =
  | { readonly kind: 'as it is' }
  | { readonly kind: 'in the site'; readonly href: string }
  | { readonly kind: 'in the repository'; readonly source: string };

/** `decisions/0001.html`, `operating.html`: `../operating.html` */
export function between(from: string, to: string): string {
  return relative(dirname(from), to) || to;
}
