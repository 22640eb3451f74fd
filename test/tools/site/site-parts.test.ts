import { expect, test } from 'vitest';
import { addressOf, between } from './addresses.ts';
import { adaptTokens, type Token } from './markdown-rules.ts';
import { createAnchors, sectionsOf } from './headings.ts';
import { titleOf, type Page, type Site } from './pages.ts';

const page = (source: string, url: string): Page => ({
  source,
  url,
  title: url,
  markdown: '',
  searched: 'text',
});
const operating = page('docs/operating.md', 'operating.html');
const first = page('docs/decisions/0001-a.md', 'decisions/0001-a.html');
const site: Site = {
  pages: [
    operating,
    first,
    page('README.md', 'readme.html'),
    page('docs/decisions/README.md', 'decisions/index.html'),
  ],
  files: [['config/relay.example.toml', 'config/relay.example.toml']],
  kinds: [],
};

test.each([
  ['../operating.md#users', first, '../operating.html#users'],
  ['../../README.md', first, '../readme.html'],
  ['decisions/', operating, 'decisions/index.html'],
  ['decisions/0001-a.md', operating, 'decisions/0001-a.html'],
  ['../config/relay.example.toml', operating, 'config/relay.example.toml'],
])('%s leads to a page or a file of the site', (target, from, href) => {
  expect(addressOf(target, from, site)).toEqual({ kind: 'in the site', href });
});

test('what is elsewhere stays, and what only the repository has is said to be there', () => {
  expect(addressOf('https://example.org/', operating, site)).toEqual({ kind: 'as it is' });
  expect(addressOf('#users', operating, site)).toEqual({ kind: 'as it is' });
  expect(addressOf('../src/main.ts', operating, site)).toEqual({
    kind: 'in the repository',
    source: 'src/main.ts',
  });
  expect(between('a/b.html', 'a/b.html')).toBe('b.html');
});

test('headings that are the same have numbers behind their anchors', () => {
  const anchorFor = createAnchors();
  expect(['JSON', 'A `b`', 'JSON'].map(anchorFor)).toEqual(['json', 'a-b', 'json-1']);
});

test('sectionsOf() has each heading with the text below it', () => {
  const html =
    '<h1 id="a">A &amp; b</h1>\n<p>one <code>two</code></p>\n<h2 id="c">C</h2><pre>&lt;x&gt;</pre>';
  expect(sectionsOf(html)).toEqual([
    { heading: 'A & b', id: 'a', text: 'one two' },
    { heading: 'C', id: 'c', text: '<x>' },
  ]);
});

test('titleOf() is the first heading', () => {
  expect(titleOf('text\n# Why: `dane-relay explain`\n# other')).toBe('Why: dane-relay explain');
});

test('adaptTokens() names headings, turns links, and takes empty heads of tables for cells', () => {
  const token = (type: string, more: Partial<Token> = {}): Token => {
    const made: Token = {
      type,
      tag: '',
      nesting: 0,
      content: '',
      attrs: null,
      children: null,
      attrGet: (name) => made.attrs?.find(([known]) => known === name)?.[1] ?? null,
      attrSet: (name, value) => {
        made.attrs = [...(made.attrs ?? []).filter(([known]) => known !== name), [name, value]];
      },
      ...more,
    };
    return made;
  };
  const link = token('link_open', { tag: 'a', attrs: [['href', '../../src/main.ts']] });
  const end = token('link_close', { tag: 'a' });
  const other = token('link_open', { tag: 'a', attrs: [['href', '../operating.md']] });
  const heading = token('heading_open', { tag: 'h2' });
  const head = token('th_open', { tag: 'th' });
  const words = [token('text', { content: 'A ' }), token('code_inline', { content: 'b' })];
  adaptTokens(
    [
      heading,
      token('inline', { content: 'A `b`', children: words }),
      token('inline', { content: 'x', children: [link, token('text'), end, other] }),
      head,
      token('inline'),
    ],
    first,
    site,
  );
  expect(heading.attrs).toEqual([['id', 'a-b']]);
  expect([link.tag, end.tag]).toEqual(['span', 'span']);
  expect(link.attrs).toEqual([['title', 'In the repository: src/main.ts']]);
  expect(other.attrs).toEqual([['href', '../operating.html']]);
  expect(head.tag).toBe('td');
});
