import { printable } from '../mail/printable.ts';

/** What the TXT records at `_mta-sts.DOMAIN` say (RFC 8461 §3.1). */
export type StsRecord =
  | { readonly kind: 'record'; readonly id: string }
  /** No record is about MTA-STS. */
  | { readonly kind: 'none' }
  /** There are some, and they name no policy: that is the same as none, and a mistake of somebody. */
  | { readonly kind: 'invalid'; readonly detail: string };

/** A record of 64 KB is one TXT record; no field of ours is longer than this. */
const longestRecord = 4_096;

/** RFC 8461 §3.1 has `;` right behind the version, its grammar a blank before it; others accept both, and so do we. */
const version = /^v=STSv1[ \t]*;/;
/** RFC 8461 §3.1: `sts-ext-name` and `sts-ext-value`. The id is a field of that form, too. */
const field = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)$/;
const idValue = /^[A-Za-z0-9]{1,32}$/;

/** The name at which the record is. */
export function stsRecordName(domain: string): string {
  return `_mta-sts.${domain}`;
}

/**
 * Reads the TXT records of a name, each with its character-strings joined. Those that do not begin with the version are
 * left out, because a wildcard puts other records there; then exactly one must be left.
 */
export function readStsRecord(texts: readonly string[]): StsRecord {
  const ours = texts.filter((text) => version.test(text));
  const [only, ...others] = ours;
  if (only === undefined) return { kind: 'none' };
  if (others.length > 0) return { kind: 'invalid', detail: `${ours.length} records` };
  if (only.length > longestRecord) return { kind: 'invalid', detail: 'record too long' };
  return readFields(only);
}

function readFields(text: string): StsRecord {
  const [, ...parts] = text.split(';').map(trimBlanks);
  // The last semicolon is optional.
  if (parts.at(-1) === '') parts.pop();
  let id: string | undefined;
  for (const part of parts) {
    const [, name, value = ''] = field.exec(part) ?? [];
    if (name === undefined)
      return { kind: 'invalid', detail: `malformed field "${printable(part.slice(0, 64))}"` };
    // RFC 8461 §3.2: of a field that stands there twice the first counts.
    if (name === 'id') id ??= value;
  }
  if (id === undefined) return { kind: 'invalid', detail: 'no id' };
  return idValue.test(id) ? { kind: 'record', id } : { kind: 'invalid', detail: 'malformed id' };
}

/** Blanks as the grammar knows them: spaces and tabs. */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text, from)) from += 1;
  while (to > from && isBlank(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
