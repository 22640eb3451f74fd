import { addressOf } from './addresses.ts';
import { createAnchors } from './headings.ts';
import type { Page, Site } from './pages.ts';

/** What we need of a token of markdown-it. */
export interface Token {
  type: string;
  tag: string;
  nesting: number;
  content: string;
  attrs: [string, string][] | null;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

/** Makes the tokens of a page those of the site: anchors, links, and what a reader without eyes or mouse needs. */
export function adaptTokens(tokens: readonly Token[], page: Page, site: Site): void {
  const anchorFor = createAnchors();
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const inline = tokens[index + 1];
      token.attrSet('id', anchorFor(textOf(inline?.children ?? [])));
    }
    // A head without words is none.
    if (/^th_(?:open|close)$/.test(token.type)) {
      const inline = tokens[token.type === 'th_open' ? index + 1 : index - 1];
      if (inline?.content === '') token.tag = 'td';
    }
    if (token.type === 'inline') adaptInline(token.children ?? [], page, site);
  }
}

function adaptInline(tokens: readonly Token[], page: Page, site: Site): void {
  let unlinked = false;
  for (const token of tokens) {
    if (token.type === 'image') {
      const address = addressOf(token.attrGet('src') ?? '', page, site);
      if (address.kind === 'in the site') token.attrSet('src', address.href);
    }
    if (token.type === 'link_open') {
      const address = addressOf(token.attrGet('href') ?? '', page, site);
      if (address.kind === 'in the site') token.attrSet('href', address.href);
      unlinked = address.kind === 'in the repository';
      if (address.kind === 'in the repository') {
        token.tag = 'span';
        token.attrs = [['title', `In the repository: ${address.source}`]];
      }
    }
    if (token.type === 'link_close' && unlinked) {
      token.tag = 'span';
      unlinked = false;
    }
  }
}

/** What a heading reads, without the signs of Markdown. */
function textOf(tokens: readonly Token[]): string {
  return tokens
    .filter(({ type }) => type === 'text' || type === 'code_inline')
    .map(({ content }) => content)
    .join('');
}
