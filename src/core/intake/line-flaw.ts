/** What a line may not have in it (RFC 5321 §2.3.8). */
export type LineFlaw = 'bare LF' | 'bare CR' | 'NUL';

/**
 * What becomes of such a line. `normalize`: a bare LF ends it, as CRLF does, and a stray CR or a NUL inside it becomes one
 * blank. `reject`: it is refused.
 */
export type BareNewline = 'normalize' | 'reject';

/** The flaws in the words that the log has for them. `bare_lf` is Postfix's. */
export const flawWords: Readonly<Record<LineFlaw, string>> = {
  'bare LF': 'bare_lf',
  'bare CR': 'bare_cr',
  NUL: 'nul',
};
