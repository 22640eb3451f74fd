import type { SigningNote } from './message-signer.ts';

/** In the words of OpenDKIM, where it has any. */
export function signingText(note: SigningNote): string {
  return note.kind === 'signed'
    ? `DKIM-Signature field added (s=${note.selector}, d=${note.domain})`
    : `not signed: ${note.reason}`;
}
