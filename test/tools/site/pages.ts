import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path/posix';
import { readNavigation, type Kind } from './navigation.ts';

/** A page of the site. */
export interface Page {
  /** From the top of the repository. */
  readonly source: string;
  /** From the top of the site. */
  readonly url: string;
  readonly title: string;
  readonly markdown: string;
  /** Whether the search looks at its text, or only at its headings. */
  readonly searched: 'text' | 'headings';
}

export interface Site {
  readonly pages: readonly Page[];
  /** What is copied as it is: where it is in the repository and in the site. */
  readonly files: readonly (readonly [source: string, url: string])[];
  readonly kinds: readonly Kind[];
}

/** Pages beside those of docs. */
const others: Readonly<Record<string, string>> = {
  'README.md': 'readme.html',
  'CHANGELOG.md': 'changelog.html',
  'SECURITY.md': 'vulnerabilities.html',
};

/** What the site is made of, as the repository at `root` has it. */
export function readSite(root: string): Site {
  const read = (source: string): string => readFileSync(join(root, source), 'utf8');
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => join('docs', name))
    .toSorted();
  const own = inDocs.filter((name) => name.endsWith('.md'));
  const pages = [...own, ...Object.keys(others)].map((source) => page(source, read(source)));
  return {
    pages: [...pages, decisionsPage(pages)],
    files: [
      ...inDocs
        .filter((name) => /\.(?:webp|json|[158])$/.test(name))
        .map((name) => [name, relative('docs', name)] as const),
      ['config/relay.example.toml', 'config/relay.example.toml'],
    ],
    kinds: readNavigation(read('docs/README.md')),
  };
}

function page(source: string, markdown: string): Page {
  return {
    source,
    url: others[source] ?? urlOf(source),
    title: titleOf(markdown),
    markdown,
    searched: source.startsWith('docs/decisions/') || source === 'docs/rfc-map.md' ? 'headings' : 'text',
  };
}

/** `docs/README.md` is the first page, and that of a folder its first. */
function urlOf(source: string): string {
  const path = relative('docs', source);
  return basename(path) === 'README.md' ? join(dirname(path), 'index.html') : path.replace(/\.md$/, '.html');
}

/** Of the first heading, without the signs of Markdown. */
export function titleOf(markdown: string): string {
  return (/^# (.+)$/m.exec(markdown)?.[1] ?? '').replaceAll('`', '');
}

/** The folder of decisions has no page of its own in the repository, as it lists itself there. */
function decisionsPage(pages: readonly Page[]): Page {
  const folder = 'docs/decisions';
  const decisions = pages.filter(({ source }) => dirname(source) === folder);
  const items = decisions.map(({ source, title }) => `- [${title}](${basename(source)})`);
  const markdown = `# Decisions\n\nWhat was decided, why, and the figures of that day.\n\n${items.join('\n')}\n`;
  return page(`${folder}/README.md`, markdown);
}
