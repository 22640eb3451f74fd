/** The code blocks of one language in a Markdown text, or in a comment whose lines begin with `*`. */
export function codeBlocks(text: string, language: string): string[] {
  const fence = new RegExp(`^([ *]*)\`\`\`${language}\\n([^]*?)^\\1\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, margin = '', code = '']) =>
    code
      .split('\n')
      .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.replace(/^ \*$/, '')))
      .join('\n'),
  );
}
