/** Anchors as GitHub gives them to headings: a page has the same ones here and there. */
export function createAnchors(): (heading: string) => string {
  const seen = new Map<string, number>();
  return (heading) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const nth = seen.get(slug) ?? 0;
    seen.set(slug, nth + 1);
    return nth === 0 ? slug : `${slug}-${nth}`;
  };
}

export interface Heading {
  readonly level: number;
  readonly id: string;
  /** Plain, with `&lt;` and the like as they were. */
  readonly html: string;
}

/** The headings of a page as it was made. */
export function headingsOf(html: string): readonly Heading[] {
  return [...html.matchAll(/<h([1-6]) id="([^"]*)"[^>]*>([^]*?)<\/h\1>/g)].map(
    ([, level = '', id = '', inner = '']) => ({ level: Number(level), id, html: withoutTags(inner) }),
  );
}

export interface Section {
  readonly heading: string;
  readonly id: string;
  readonly text: string;
}

/** A page in parts, each with its heading and the text below it. */
export function sectionsOf(html: string): readonly Section[] {
  const parts = html.split(/(?=<h[1-6] id=")/);
  return parts.flatMap((part) => {
    const [heading] = headingsOf(part);
    if (heading === undefined) return [];
    const text = plain(part.slice(part.indexOf(`</h${heading.level}>`)));
    return [{ heading: plain(heading.html), id: heading.id, text }];
  });
}

function withoutTags(html: string): string {
  return html.replaceAll(/<[^>]*>/g, '');
}

const named: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };

function plain(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => named[entity] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim();
}
