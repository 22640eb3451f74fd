/** What docs/README.md says: its headings are the kinds and groups of pages, and each page is an item of a list there. */
export interface Kind {
  readonly title: string;
  readonly groups: readonly Group[];
}

export interface Group {
  /** Empty for what stands directly below the kind. */
  readonly title: string;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly title: string;
  /** From docs: `operating.md`, `decisions/`. */
  readonly file: string;
  readonly text: string;
}

export function readNavigation(index: string): readonly Kind[] {
  const [, ...kinds] = index.split(/^## /m);
  return kinds.map((kind) => {
    const [own = '', ...others] = kind.split(/^### /m);
    const [title, body] = halves(own);
    const groups = [{ title: '', entries: entriesOf(body) }, ...others.map(readGroup)];
    return { title, groups: groups.filter(({ entries }) => entries.length > 0) };
  });
}

function readGroup(text: string): Group {
  const [title, body] = halves(text);
  return { title, entries: entriesOf(body) };
}

function entriesOf(text: string): readonly Entry[] {
  return [...text.matchAll(/^- \[([^\]]+)\]\(([^)#]+)\): (.+(?:\n {2}.+)*)/gm)].map(
    ([, title = '', file = '', said = '']) => ({ title, file, text: said.replaceAll(/\s+/g, ' ').trim() }),
  );
}

function halves(text: string): readonly [first: string, rest: string] {
  const end = text.indexOf('\n');
  return end === -1 ? [text.trim(), ''] : [text.slice(0, end).trim(), text.slice(end + 1)];
}
