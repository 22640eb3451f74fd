/** A command that is refused for what it says. */
export interface RefusedCommand {
  readonly kind: 'refused';
  /** Complete reply line. */
  readonly reply: string;
}

/** The parts of a MAIL FROM or RCPT TO (RFC 5321 §4.1.2). */
export interface PathCommand {
  readonly kind: 'path';
  /** Between the angle brackets, or the whole of it if there are none; blanks at its ends are taken off. */
  readonly path: string;
  /** Keywords in upper case; a parameter without a value has an empty one. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** RFC 5321 §4.1.2: esmtp-param; RFC 6531 §3.3 lets UTF-8 into values. */
const parameter = /^([a-z0-9][a-z0-9-]*)(?:=([!-<>-~\u{80}-\u{10FFFF}]+))?$/iu;

const noParameters: ReadonlyMap<string, string> = new Map();

/** Takes a command line apart. As in Postfix, blanks and tabs around the path are tolerated, and a path without brackets. */
export function parsePathCommand(line: string, verb: 'MAIL FROM' | 'RCPT TO'): PathCommand | RefusedCommand {
  const rest = afterVerb(line, verb);
  const end = rest === undefined ? -1 : endOfPath(rest);
  if (rest === undefined || end < 0) return refused(`501 5.5.4 Syntax: ${verb}:<address>`);
  const path = rest.startsWith('<') ? rest.slice(1, end - 1) : rest.slice(0, end);
  const tail = rest.slice(end);
  if (!/^(?:[ \t]|$)/.test(tail)) return refused(`501 5.5.4 Syntax: ${verb}:<address>`);
  if (line.includes('\uFFFD')) return refused('500 5.5.2 Error: bad UTF-8 syntax');
  if (tail === '') return { kind: 'path', path: path.trim(), parameters: noParameters };
  const parameters = new Map<string, string>();
  for (const word of tail.split(/[ \t]/)) {
    if (word === '') continue;
    const [, keyword, value = ''] = parameter.exec(word) ?? [];
    if (keyword === undefined) return refused(`501 5.5.4 Syntax: ${verb}:<address>`);
    if (parameters.has(keyword.toUpperCase()))
      return refused(`501 5.5.4 Error: duplicate ${keyword} parameter`);
    parameters.set(keyword.toUpperCase(), value);
  }
  return { kind: 'path', path: path.trim(), parameters };
}

/** What follows the colon, from the path on. */
function afterVerb(line: string, verb: string): string | undefined {
  const name = verb.length + 1;
  return line.slice(0, name).toUpperCase() === `${verb}:` ? line.slice(name).trimStart() : undefined;
}

/** The place behind a path: behind the bracket that closes it, or before the first blank; -1 if it has no end. */
function endOfPath(text: string): number {
  const hasBrackets = text.startsWith('<');
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '<') depth += 1;
    else if (character === '>') depth -= 1;
    else if (!hasBrackets && depth <= 0 && (character === ' ' || character === '\t')) return at;
    if (hasBrackets && depth === 0) return at + 1;
  }
  return hasBrackets || isQuoted || text === '' ? -1 : text.length;
}

/** Whether all of an address stands between the brackets that are put around it: nothing of it ends the path. */
export function fitsPath(address: string): boolean {
  return !/[\r\n]/.test(address) && endOfPath(`<${address}>`) === address.length + 2;
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
