/** What a setting can be. */
export type TomlValue = string | number | boolean | readonly string[];

/** A value as TOML 1.0 has it; lists of more than fit into a line have an item in each. */
export function tomlValue(value: TomlValue): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return tomlText(value);
  const items = value.map(tomlText);
  const line = `[${items.join(', ')}]`;
  return line.length <= 90 ? line : `[\n${items.map((item) => `  ${item},\n`).join('')}]`;
}

/** A basic string; what does not show is escaped. */
function tomlText(text: string): string {
  // Lone halves of characters outside the BMP are no text that a file could hold.
  const escaped = text
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll(
      /[\p{Cc}\p{Zl}\p{Zp}]/gu,
      (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return `"${escaped}"`;
}

/** Comment lines of a text. Nothing in it can end the comment, or steer a terminal. */
export function tomlComment(text: string): readonly string[] {
  const shown = text.replaceAll(/\p{Surrogate}/gu, '\ufffd').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return wrap(shown, 98).map((line) => `# ${line}`.trimEnd());
}

/** Breaks at spaces; a word that is too long has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
