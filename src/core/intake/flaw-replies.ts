import type { Flaw } from './data-decoder.ts';
import type { LineFlaw } from './line-flaw.ts';

/** Replies to a message that other programs may read in another way. */
export const flawReplies: Readonly<Record<Flaw, string>> = {
  'bare LF': '550 5.5.2 Error: bare <LF> received',
  'bare CR': '550 5.5.2 Error: bare <CR> received',
  NUL: '550 5.6.0 Error: NUL octet received',
  'ambiguous end': '550 5.5.2 Error: ambiguous end of message: a lone dot beside a bare <LF>',
};

/** Replies to a command line of that kind. They are read by somebody who writes a program or types in `nc`. */
export const flawedCommandReplies: Readonly<Record<LineFlaw, string>> = {
  'bare LF': '550 5.5.2 Error: bare <LF> received, commands end with <CR><LF>',
  'bare CR': '550 5.5.2 Error: bare <CR> received, commands end with <CR><LF>',
  NUL: '550 5.6.0 Error: NUL octet received',
};
