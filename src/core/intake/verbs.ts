/** The commands there are. The library has more: XCLIENT, and jokes that answer 200. */
const served = new Set([
  'HELO',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'RSET',
  'NOOP',
  'VRFY',
  'QUIT',
]);

/** Verb of a command line in upper case; empty if it begins with none. */
export function verbOf(line: Buffer): string {
  return /^[a-z]{1,10}/i.exec(line.toString('latin1', 0, 10))?.[0].toUpperCase() ?? '';
}

export function isServed(verb: string): boolean {
  return served.has(verb);
}

/** Replies that depend on nothing. */
export const simpleReplies: Readonly<Record<string, string>> = {
  RSET: '250 2.0.0 Ok',
  NOOP: '250 2.0.0 Ok',
  // RFC 5321 §3.5.3: 252 says nothing.
  VRFY: '252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery',
  STARTTLS: '502 5.5.1 Error: command not implemented',
  AUTH: '503 5.5.1 Error: authentication not enabled',
  QUIT: '221 2.0.0 Bye',
};

/** RFC 5321 §4.2.4: commands that have a meaning, though not here. */
export const notImplemented = new Set(['EXPN', 'HELP', 'ETRN', 'TURN', 'ATRN', 'SEND', 'SOML', 'SAML']);

/** RFC 2920 §3.1: commands whose reply the client waits for. Who does not is not talking to us, or not for itself. */
export const isLastOfGroup = new Set(['HELO', 'EHLO', 'DATA', 'NOOP', 'VRFY']);

/**
 * No SMTP at all: HTTP, whose requests a web page can have a browser send anywhere, lines that begin with no letter, and
 * chunks (RFC 3030) that were not offered and whose octets would be taken for commands.
 */
export function isForeign(command: Buffer): boolean {
  const line = command.toString('latin1');
  if (/^(?:BDAT|CONNECT|GET|POST)\b/i.test(line)) return true;
  return /^[a-z]+ \S+ HTTP\/\d/i.test(line) || /^[^a-z]/i.test(line);
}
