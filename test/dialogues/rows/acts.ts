import type { Act } from '../../scenario/session/scripted-server.ts';

/** Says nothing, for ever. */
export const silence: Act = { hang: true };
/** Closes the connection. */
export const goodbye: Act = { drop: '' };
/** Breaks it. */
export const reset: Act = { drop: '', reset: true };
export const leaving: Act = { drop: '421 4.3.2 closing' };
/** Begins a reply that never ends. */
export const trickle: Act = { trickle: '250-x\r\n' };
export const endless: Act = '250-x\r\n'.repeat(5_000);

/** Text in UTF-8, as the octets that a script sends. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
