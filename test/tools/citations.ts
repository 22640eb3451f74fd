import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A place where a comment names a section of an RFC. */
export interface Citation {
  readonly rfc: number;
  /** `2.2.1`, `A.2.3` */
  readonly section: string;
  /** With slashes, from the directory that was read. */
  readonly file: string;
  /** `parseTlsa`, `HostPolicy.serverName`; absent where the comment is about the file. */
  readonly symbol?: string;
  /** The sentence that names it; empty where there is nothing but the name. */
  readonly sentence: string;
}

interface Comment {
  /** Paragraphs, each on one line. */
  readonly paragraphs: readonly string[];
  /** Index of its first line. */
  readonly first: number;
  /** Index of the line that the comment is about. */
  readonly subject: number;
}

/** Citations of the sources below a directory, tests left out, in the order of the files. */
export function citationsUnder(directory: string): Citation[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.replaceAll(path.sep, '/'))
    .sort();
  return files.flatMap((file) => citationsIn(readFileSync(path.join(directory, file), 'utf8'), file));
}

/** Citations of one source text, in its order. A section that a symbol cites twice in the same words counts once. */
export function citationsIn(source: string, file: string): Citation[] {
  const lines = source.split('\n');
  const found = new Map<string, Citation>();
  for (const comment of commentsIn(lines)) {
    const symbol = symbolAt(lines, comment);
    for (const sentence of comment.paragraphs.flatMap(sentencesOf)) {
      for (const { rfc, section } of sectionsIn(sentence)) {
        const words = isBare(sentence) ? '' : sentence;
        const citation = { rfc, section, file, ...(symbol === undefined ? {} : { symbol }), sentence: words };
        found.set(JSON.stringify(citation), citation);
      }
    }
  }
  return [...found.values()];
}

/** Blocks that begin a line, and `//` at the beginning of a line or after code. */
function* commentsIn(lines: readonly string[]): Generator<Comment> {
  for (let at = 0; at < lines.length; at += 1) {
    const first = at;
    const line = lines[at] ?? '';
    if (/^\s*\/\*/.test(line)) {
      while (at < lines.length - 1 && !lines[at]?.includes('*/')) at += 1;
      yield { paragraphs: blockParagraphs(lines.slice(first, at + 1)), first, subject: at + 1 };
    } else if (/^\s*\/\/\s/.test(line)) {
      while (/^\s*\/\/\s/.test(lines[at + 1] ?? '')) at += 1;
      const text = lines.slice(first, at + 1).map((each) => each.replace(/^\s*\/\/\s*/, ''));
      yield { paragraphs: [text.join(' ')], first, subject: at + 1 };
    } else {
      const [, text] = /\s\/\/\s+(.*)$/.exec(line) ?? [];
      if (text !== undefined) yield { paragraphs: [text], first, subject: first };
    }
  }
}

/** A paragraph ends at an empty line and at a tag; examples are left out. */
function blockParagraphs(lines: readonly string[]): string[] {
  const text = lines
    .map((line) => line.replace(/^\s*\/?\*+\/?\s?/, '').replace(/\s*\*\/$/, ''))
    .join('\n')
    .replace(/```[^]*?```/g, '');
  return text
    .split(/\n\s*\n|\n(?=@)/)
    .map((paragraph) => paragraph.replaceAll('\n', ' ').trim())
    .map((paragraph) => paragraph.replace(/^@param (\w+) /, '`$1`: '));
}

function sentencesOf(paragraph: string): string[] {
  return paragraph.split(/(?<=[.!?])\s+(?=[A-Z`"@(])/);
}

/** `RFC 7672 §2.2.2, §2.2.3` names two. */
function* sectionsIn(sentence: string): Generator<Pick<Citation, 'rfc' | 'section'>> {
  const section = '§[0-9A-Z]+(?:\\.[0-9]+)*';
  for (const [text, rfc] of sentence.matchAll(
    new RegExp(`RFC (\\d+) ${section}(?:(?:, | and |, and )${section})*`, 'g'),
  )) {
    for (const [, name = ''] of text.matchAll(/§([0-9A-Z.]+)/g)) yield { rfc: Number(rfc), section: name };
  }
}

function isBare(sentence: string): boolean {
  return /^(?:RFC \d+ |§[\w.]*\w|[,;.]\s*|and )+$/.test(sentence);
}

const declaration =
  /^(?:export )?(?:async )?(?:(?:function\*?|class|type|const|let) (?<name>\w+)|interface (?<type>\w+))/;
const member = /^ {2}(?:readonly )?(\w+)\??[:(<]/;

/** What the comment is about, or is within; undefined for one before the first declaration or before a re-export. */
function symbolAt(lines: readonly string[], { first, subject }: Comment): string | undefined {
  const line = lines[subject] ?? '';
  const own = declaration.exec(line)?.groups;
  if (own !== undefined) return own['name'] ?? own['type'];
  if (/^\S/.test(line)) return undefined;
  for (let at = first; at >= 0; at -= 1) {
    const around = declaration.exec(lines[at] ?? '')?.groups;
    if (around === undefined) continue;
    const [, field] = member.exec(line) ?? [];
    return around['type'] !== undefined && field !== undefined
      ? `${around['type']}.${field}`
      : (around['name'] ?? around['type']);
  }
  return undefined;
}
