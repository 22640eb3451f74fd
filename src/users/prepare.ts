import { saslprep } from '@mongodb-js/saslprep';

/** SASLprep (RFC 4013) of a name or a password; undefined if it has what is prohibited there. */
export function prepare(text: string): string | undefined {
  // What most are: SASLprep leaves it as it is.
  if (/^[ -~]*$/.test(text)) return text;
  try {
    // RFC 5802 §2.2 has stored strings prepared without unassigned characters. New ones come with every Unicode.
    return saslprep(text, { allowUnassigned: true });
  } catch {
    return undefined;
  }
}
