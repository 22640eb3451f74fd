import type { Situation } from './situations.ts';

const begin = '<!-- situations: written by "npm run docs:situations" from what the commands print -->';
const end = '<!-- end of situations -->';

/** The section of a situation, with a transcript of its commands. */
export function section({ heading, before, after }: Situation, transcript: string, id: string): string {
  const fence = '```';
  return `### ${heading}\n\n${wrap(before)}\n\n${fence}console\n${transcript}\n${fence}\n\n${wrap(after.replaceAll('{id}', id))}\n`;
}

/** What a page has between the marks, or of it the section of one situation. */
export function written(page: string, situation?: Situation): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error('the page has no place for situations');
  const all = page.slice(from + begin.length, to).trim();
  if (situation === undefined) return all;
  return (all.split(/^(?=### )/m).find((one) => one.startsWith(`### ${situation.heading}\n`)) ?? '').trim();
}

export function withSituations(page: string, sections: readonly string[]): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error('the page has no place for situations');
  return `${page.slice(0, from + begin.length)}\n\n${sections.join('\n')}\n${page.slice(to)}`;
}

/** Words in lines of 110 columns; what stands between backquotes is one. */
function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/(?:`[^`]*`|[^ `])+/g) ?? []) {
    if (line !== '' && line.length + 1 + word.length > 110) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
