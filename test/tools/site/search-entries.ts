import { sectionsOf } from './headings.ts';
import type { Page } from './pages.ts';

/** What the search finds: a part of a page, below one heading. */
export interface SearchEntry {
  /** Where it is: page and anchor. */
  readonly id: string;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
  /** The beginning of the text, to be shown. */
  readonly start: string;
}

/** As MiniSearch takes them; what is stored is what results show. */
export const searchOptions = {
  fields: ['page', 'heading', 'text'],
  storeFields: ['page', 'heading', 'start'],
};

const shown = 160;

export function searchEntries(page: Page, html: string): readonly SearchEntry[] {
  return sectionsOf(html).map(({ heading, id, text }, index) => ({
    id: index === 0 ? page.url : `${page.url}#${id}`,
    page: page.title,
    heading,
    text: page.searched === 'text' ? text : '',
    start: text.length > shown ? `${text.slice(0, shown).replace(/\s\S*$/, '')} …` : text,
  }));
}
