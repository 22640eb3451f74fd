/**
 * Manual pages in the macros of man(7), as groff and mandoc both know them: only what our pages need. Every text that goes
 * in is plain; what roff would take for a request or an escape is made harmless here.
 */

/** Lines of roff; one that begins with a dot is a macro. */
export type Roff = readonly string[];

const width = 78;

/** Signs that mean something to roff, or that it would print as others. The backslash comes first. */
const escapes: readonly (readonly [RegExp, string])[] = [
  [/\\/g, '\\(rs'],
  [/-/g, '\\-'],
  [/"/g, '\\(dq'],
  [/'/g, '\\(aq'],
  [/`/g, '\\(ga'],
  [/\^/g, '\\(ha'],
  [/~/g, '\\(ti'],
];

/** Within a line of text or an argument of a macro. */
export function roffText(text: string): string {
  const plain = escapes.reduce((made, [sign, escape]) => made.replaceAll(sign, escape), text);
  return plain.replaceAll(/[^\n -~]/gu, (sign) => {
    const code = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `\\[u${code.padStart(4, '0')}]`;
  });
}

/** `.TH`, without a date: a page is as old as its package, and two builds of it are the same. */
export function title(name: string, section: string, source: string): Roff {
  return [`.TH ${roffText(name.toUpperCase())} ${section} "" ${quoted(source)}`];
}

export function heading(text: string): Roff {
  return [`.SH ${quoted(text.toUpperCase())}`];
}

export function subheading(text: string): Roff {
  return [`.SS ${quoted(text)}`];
}

export function paragraph(text: string): Roff {
  return ['.PP', ...flow(text)];
}

/** The first line of a section stands without the space of a paragraph. */
export function flow(text: string): Roff {
  return wrap(roffText(text));
}

/** What is explained, in bold; its explanation in paragraphs, and behind it a line for each fact. */
export function tagged(word: string, texts: readonly string[], facts: readonly string[] = []): Roff {
  const [first = '', ...others] = texts;
  return [
    '.TP',
    `.B ${quoted(word)}`,
    ...flow(first),
    ...others.flatMap((text) => ['.sp', ...flow(text)]),
    ...facts.flatMap((text, index) => [index === 0 ? '.sp' : '.br', ...flow(text)]),
  ];
}

/** As typed; it follows a text. */
export function example(text: string): Roff {
  return ['.PP', '.RS 4', '.EX', ...text.split('\n').map((line) => guarded(roffText(line))), '.EE', '.RE'];
}

/** `dane-relay(8), relay.toml(5)` */
export function seeAlso(pages: readonly (readonly [name: string, section: string])[]): Roff {
  return [
    ...heading('see also'),
    ...pages.map(
      ([name, section], index) => `.BR ${roffText(name)} (${section})${index < pages.length - 1 ? ',' : ''}`,
    ),
  ];
}

export function page(parts: readonly Roff[]): string {
  const origin = '.\\" Written by "npm run docs:reference" from the tables of the program.';
  return `${[origin, ...parts.flat()].join('\n')}\n`;
}

function quoted(text: string): string {
  return `"${roffText(text)}"`;
}

/** A dot or an apostrophe at the beginning of a line would be a request. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(guarded(line));
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, guarded(line)];
}
