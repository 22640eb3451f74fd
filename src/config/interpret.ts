import type { Assignment } from './assignments.ts';
import type { ConfigProblem } from './config-error.ts';
import { credentialPath } from './credentials.ts';
import type { Kind } from './kinds.ts';

/** A value in force. */
export interface Interpreted {
  readonly value: unknown;
  /** As it would be written in the file, with secrets masked: `"5m"`, `["127.0.0.1:25"]`. */
  readonly shown: string;
}

/** Reads an assigned value according to `kind`. @param credentials directory of the credentials of systemd */
export function interpret(
  kind: Kind<unknown>,
  assignment: Assignment,
  credentials: string,
): Interpreted | readonly ConfigProblem[] {
  const { key, where, whereBelow, value } = assignment;
  const words = 'text' in value ? splitText(kind, value.text) : wordsOf(kind, value.toml);
  if (!Array.isArray(words)) return [{ where, key, wanted: kind.wanted, found: words.found }];

  const reading = kind.read(words.map((word) => withCredential(kind, word, credentials)));
  if ('value' in reading) return { value: reading.value, shown: show(kind, words) };
  return reading.rejected.map(({ index, reason }) => ({
    where: whereBelow?.(`[${index}]`) ?? where,
    key,
    wanted: kind.wanted,
    found: showWord(kind, words[index] ?? '') + (reason === '' ? '' : ` (${reason})`),
  }));
}

function withCredential(kind: Kind<unknown>, word: string, directory: string): string {
  const path = kind.credential && credentialPath(word, directory);
  return path === undefined ? word : (kind.credential?.(path) ?? word);
}

/** A variable or option has no types: the kind decides how its text is read. */
function splitText(kind: Kind<unknown>, text: string): string[] {
  if (kind.form !== 'list') return [text];
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
}

/** The value in words if it has the form of the kind; otherwise a description of it. */
function wordsOf(kind: Kind<unknown>, value: unknown): string[] | { readonly found: string } {
  if (kind.form === 'text' && typeof value === 'string') return [value];
  if (kind.form === 'integer' && Number.isInteger(value)) return [String(value)];
  if (kind.form === 'flag' && typeof value === 'boolean') return [String(value)];
  if (kind.form === 'list' && isTextList(value)) return value;
  if (kind.lone === true && typeof value === 'string') return [value];
  return { found: describe(kind, value) };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function describe(kind: Kind<unknown>, found: unknown): string {
  if (typeof found === 'string') return `the text ${JSON.stringify(mask(kind, found))}`;
  if (typeof found === 'number') return `the bare number ${found}`;
  if (typeof found === 'boolean') return `${found}`;
  if (found instanceof Date) return 'a date';
  if (!Array.isArray(found)) return 'a table';
  return kind.form === 'list' ? 'a list with items that are not texts' : 'a list';
}

function show(kind: Kind<unknown>, words: readonly string[]): string {
  const shown = words.map((word) => showWord(kind, word));
  return kind.form === 'list' ? `[${shown.join(', ')}]` : shown.join('');
}

function showWord(kind: Kind<unknown>, word: string): string {
  const bare = (kind.form === 'integer' || kind.form === 'flag') && /^(?:-?\d{1,15}|true|false)$/.test(word);
  return bare ? word : JSON.stringify(mask(kind, word));
}

function mask(kind: Kind<unknown>, word: string): string {
  return kind.mask?.(word) ?? word;
}
