/** A command that is refused for what it says. */
export interface RefusedCommand {
  readonly kind: 'refused';
  /** Complete reply line. */
  readonly reply: string;
}

/** The parts of a MAIL FROM or RCPT TO (RFC 5321 §4.1.2). */
export interface PathCommand {
  readonly kind: 'path';
  /** Between the angle brackets, without a source route. */
  readonly path: string;
  /** Keywords in upper case; a parameter without a value has an empty one. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** RFC 5321 §4.1.2: esmtp-param; RFC 6531 §3.3 lets UTF-8 into values. */
const parameter = /^([a-z0-9][a-z0-9-]*)(?:=([!-<>-~\u{80}-\u{10FFFF}]+))?$/iu;

/**
 * Takes a command line apart. Blanks before the path are tolerated, as in Postfix. A source route is dropped
 * (RFC 5321 §3.6.1, appendix C).
 */
export function parsePathCommand(line: string, verb: 'MAIL FROM' | 'RCPT TO'): PathCommand | RefusedCommand {
  const [, path, tail] =
    line.slice(0, verb.length + 1).toUpperCase() === `${verb}:`
      ? (/^ *<([^<>]*)>((?: +[^ ]+)*) *$/.exec(line.slice(verb.length + 1)) ?? [])
      : [];
  if (path === undefined || tail === undefined) return refused(`501 5.5.4 Syntax: ${verb}:<address>`);
  if (line.includes('\uFFFD')) return refused('500 5.5.2 Error: bad UTF-8 syntax');
  const parameters = new Map<string, string>();
  for (const word of tail.split(' ')) {
    if (word === '') continue;
    const [, keyword, value = ''] = parameter.exec(word) ?? [];
    if (keyword === undefined) return refused(`501 5.5.4 Syntax: ${verb}:<address>`);
    if (parameters.has(keyword.toUpperCase()))
      return refused(`501 5.5.4 Error: duplicate ${keyword} parameter`);
    parameters.set(keyword.toUpperCase(), value);
  }
  return { kind: 'path', path: path.replace(/^@[^\s:,@]+(?:,@[^\s:,@]+)*:/, ''), parameters };
}

export function refused(reply: string): RefusedCommand {
  return { kind: 'refused', reply };
}

/** RFC 5321 §4.1.1.11. */
export function unsupported(keyword: string, value: string): RefusedCommand {
  return refused(`555 5.5.4 Unsupported option: ${keyword}${value && '='}${value.replace(/[^!-~]/gu, '?')}`);
}

/** RFC 6531 §3.5: an address that is not ASCII needs SMTPUTF8. */
export const undeclaredUtf8 = refused('553 5.6.7 Must declare SMTPUTF8 to send unicode address');
