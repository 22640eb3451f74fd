/** The commands that are served. The library has more: jokes that it answers with 200. */
const served = new Set([
  'HELO',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'XCLIENT',
  'XFORWARD',
  'MAIL',
  'RCPT',
  'DATA',
  'RSET',
  'NOOP',
  'VRFY',
  'QUIT',
]);

const longestVerb = 10;

/** The verb of a command line in upper case; empty if there is none. */
export function verbOf(line: string): string {
  let end = 0;
  while (end < longestVerb && isLetter(line.charCodeAt(end))) end += 1;
  return line.slice(0, end).toUpperCase();
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

export function isServed(verb: string): boolean {
  return served.has(verb);
}

/** Replies that are always the same. */
export const simpleReplies: Readonly<Record<string, string>> = {
  NOOP: '250 2.0.0 Ok',
  // RFC 5321 §3.5.3: 252 neither confirms nor denies that the user exists.
  VRFY: '252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery',
  QUIT: '221 2.0.0 Bye',
};

/** RFC 5321 §4.2.4: commands that are known, but not implemented. */
export const notImplemented = new Set(['EXPN', 'HELP', 'ETRN', 'TURN', 'ATRN', 'SEND', 'SOML', 'SAML']);

/** RFC 2920 §3.1, RFC 3207 §4: a client must wait for the reply to these. One that does not may be tricked into SMTP. */
export const isLastOfGroup = new Set(['HELO', 'EHLO', 'STARTTLS', 'DATA', 'NOOP', 'VRFY']);

/**
 * Whether a line is not SMTP: HTTP, which a web page can make a browser send anywhere; a line that does not begin with a
 * letter; and BDAT (RFC 3030), which is not offered and whose octets would be taken for commands.
 */
export function isForeign(line: string): boolean {
  if (line === '') return false;
  if (!isLetter(line.charCodeAt(0)) || /^(?:BDAT|CONNECT|GET|POST)\b/i.test(line)) return true;
  return line.includes('/') && /^[a-z]+ \S+ HTTP\/\d/i.test(line);
}
