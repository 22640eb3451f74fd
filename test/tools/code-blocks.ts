/**
 * The code blocks of one language in a Markdown text, or in a comment whose lines begin with `*`; an empty language is
 * that of blocks that name none.
 */
export function codeBlocks(text: string, language: string): string[] {
  const blocks = [...text.matchAll(/^([ *]*)```(\w*)\n([^]*?)^\1```$/gm)];
  return blocks
    .filter(([, , named]) => named === language)
    .map(([, margin = '', , code = '']) =>
      code
        .split('\n')
        .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.replace(/^ \*$/, '')))
        .join('\n'),
    );
}
