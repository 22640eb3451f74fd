import { isSettingKey } from '../../../src/config/settings.ts';

/** Plain sentences of the tables as Markdown: what they quote is code, and what they name is linked. */
export function markdownText(text: string): string {
  return text.replaceAll(token, (word, quoted?: string) => {
    if (quoted !== undefined) return `\`${quoted}\``;
    if (word.startsWith('docs/')) return `[${word.slice('docs/'.length)}](${word.slice('docs/'.length)})`;
    if (word.startsWith('config/')) return `[${word}](../${word})`;
    if (word.includes('.')) return isSettingKey(word) ? settingLink(word) : word;
    return /^[*<[\]]$/.test(word) ? `\\${word}` : `\`${word}\``;
  });
}

/** In this order: what stands between quotes; files; options; tables of TOML; keys; signs of Markdown. */
const token =
  /"([^"\n]{1,80})"|(?<![\w./-])(?:docs|config)\/[\w./-]+\.(?:md|json|toml)(?:#[a-z0-9-]+)?|(?<![\w-])--[a-z]+(?:-[a-z]+)*|\[\[\w+\]\]|\b[a-z]+\.[a-z_0-9]+\b|[*[\]]|<(?=[a-zA-Z/!])/g;

export function settingLink(key: string): string {
  return `[\`${key}\`](settings.md#${slugOf(key)})`;
}

/** The anchor that GitHub gives a heading. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

const width = 110;

/** Words in lines; what stands between backquotes, or is a link, is not divided. */
export function wrapped(text: string, margin = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/(?:\\.|`[^`]*`|\[[^\]]*\]\([^)]*\)|\S)+/g) ?? []) {
    if (line !== '' && margin.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${margin}`);
}

/** `- what: text`, with the lines below the first where the text is. */
export function item(what: string, text: string): string {
  return `- ${wrapped(`${what}: ${text}`, '  ')}`;
}

export function fenced(text: string, language = ''): string {
  const fence = '```';
  return `${fence}${language}\n${text}\n${fence}`;
}
