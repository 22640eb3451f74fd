import type { Flaw } from './data-decoder.ts';

/** To a command line or a message that other programs may read in another way. */
export const flawReplies: Readonly<Record<Flaw, string>> = {
  'bare LF': '550 5.5.2 Error: bare <LF> received',
  'bare CR': '550 5.5.2 Error: bare <CR> received',
  NUL: '550 5.6.0 Error: NUL octet received',
};
