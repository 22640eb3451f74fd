import { compareLevels, isLevel } from './compatibility-level.ts';
import { skipBlanks } from './blanks.ts';

/** The raw value of a parameter; undefined if nobody knows it. */
export type FindParameter = (name: string) => string | undefined;

/** What a text came to. */
export interface Expansion {
  readonly text: string;
  /** Parameters whose values are in the text, or were asked about, in this order. */
  readonly used: readonly string[];
  /** `$name` of those that nobody knows is left as it is. */
  readonly unknown: readonly string[];
}

/** Why a text cannot be expanded, in a few words. */
export interface ExpansionFault {
  readonly problem: string;
}

/** What all expansions of one run may come to. Postfix has no such limit, and a file of some lines can make it ask for gigabytes. */
export interface ExpansionBudget {
  left: number;
}

export function newExpansionBudget(characters = 4 * 1024 * 1024): ExpansionBudget {
  return { left: characters };
}

/** Characters that looking up a parameter counts for. */
const referenceCost = 64;
/** As deep as Postfix goes. */
const deepest = 100;

/**
 * Expands `$name`, `$(name)`, `${name}`, `${name?text}`, `${name:text}`, `${name?{text}:{text}}` and
 * `${{text} == {text} ? {text} : {text}}` as Postfix does; `$$` is a dollar sign.
 */
export function expand(
  text: string,
  find: FindParameter,
  budget: ExpansionBudget = newExpansionBudget(),
): Expansion | ExpansionFault {
  const expander = new Expander(find, budget);
  try {
    return { text: expander.expand(text, []), used: [...expander.used], unknown: [...expander.unknown] };
  } catch (error) {
    if (error instanceof Fault) return { problem: error.message };
    throw error;
  }
}

class Fault extends Error {}

class Expander {
  readonly used = new Set<string>();
  readonly unknown = new Set<string>();
  readonly #find: FindParameter;
  readonly #budget: ExpansionBudget;

  constructor(find: FindParameter, budget: ExpansionBudget) {
    this.#find = find;
    this.#budget = budget;
  }

  /** @param within the parameters that are being expanded, the outermost first */
  expand(text: string, within: readonly string[], depth = 0): string {
    if (depth > deepest) throw new Fault('expressions within one another more than 100 deep');
    const pieces: string[] = [];
    for (let at = 0; at < text.length;) {
      const dollar = text.indexOf('$', at);
      if (dollar === -1) {
        pieces.push(this.#charged(text.slice(at)));
        break;
      }
      pieces.push(this.#charged(text.slice(at, dollar)));
      if (text[dollar + 1] === '$') {
        pieces.push(this.#charged('$'));
        at = dollar + 2;
        continue;
      }
      const { inside, end } = reference(text, dollar + 1);
      pieces.push(this.#reference(inside, text.slice(dollar, end), within, depth));
      at = end;
    }
    return pieces.join('');
  }

  #charged(piece: string): string {
    this.#budget.left -= piece.length;
    if (this.#budget.left < 0) throw new Fault('the parameters expand to too much text');
    return piece;
  }

  #reference(inside: string, written: string, within: readonly string[], depth: number): string {
    // It costs something, too, for there may be very many of them that come to nothing.
    this.#budget.left -= referenceCost;
    const start = skipBlanks(inside, 0);
    if (inside[start] === '{') return this.#comparison(inside, start, within, depth);
    const { name, operator, at } = namedOperator(inside, start);
    if (operator === '') return this.#value(name, written, within, depth);
    this.used.add(name);
    return this.#chosen(inside, operator, at, (this.#find(name) ?? '') !== '', within, depth);
  }

  #value(name: string, written: string, within: readonly string[], depth: number): string {
    this.used.add(name);
    const value = this.#find(name);
    if (value === undefined) {
      this.unknown.add(name);
      return this.#charged(written);
    }
    if (within.includes(name)) {
      const circle = [...within.slice(within.indexOf(name)), name];
      throw new Fault(`${circle.map((one) => `$${one}`).join(' -> ')} goes in a circle`);
    }
    return this.expand(value, [...within, name], depth + 1);
  }

  #comparison(inside: string, start: number, within: readonly string[], depth: number): string {
    const left = braced(inside, start);
    const [operator = ''] = /^[<>!=?+\-*/~&|%]*/.exec(inside.slice(left.end, left.end + 8)) ?? [];
    if (!isOperator(operator))
      throw new Fault(`a comparison such as == is missing behind {${shown(left.text)}}`);
    let at = left.end + operator.length;
    const [suffix = ''] = /^[A-Za-z0-9]*/.exec(inside.slice(at, at + 16)) ?? [];
    if (suffix !== '' && suffix !== 'level') throw new Fault(`unknown comparison ${operator}${suffix}`);
    at = skipBlanks(inside, at + suffix.length);
    if (inside[at] !== '{')
      throw new Fault(`{text} is missing behind {${shown(left.text)}} ${operator}${suffix}`);
    const right = braced(inside, at);
    const operands = [left.text, right.text].map((text) => this.expand(text, within, depth + 1));
    const holds = compare(operands[0] ?? '', operator, operands[1] ?? '', suffix === 'level');
    const next = inside.charAt(right.end);
    if (next === '') return holds ? this.#charged('true') : '';
    if (next !== '?' && next !== ':') throw new Fault(`? or : is missing behind {${shown(right.text)}}`);
    return this.#chosen(inside, next, right.end + 1, holds, within, depth);
  }

  /** What stands behind `?` or `:`, from `at` on. */
  #chosen(
    inside: string,
    operator: '?' | ':',
    at: number,
    holds: boolean,
    within: readonly string[],
    depth: number,
  ): string {
    const first = operand(inside, at);
    if (operator === ':') {
      if (first.end < inside.length) throw new Fault(`nothing may follow {${shown(first.text)}}`);
      return holds ? '' : this.expand(first.text, within, depth + 1);
    }
    if (first.end === inside.length) return holds ? this.expand(first.text, within, depth + 1) : '';
    if (inside[first.end] !== ':') throw new Fault(`: is missing behind {${shown(first.text)}}`);
    const second = operand(inside, first.end + 1);
    if (second.end < inside.length) throw new Fault(`nothing may follow {${shown(second.text)}}`);
    return this.expand(holds ? first.text : second.text, within, depth + 1);
  }
}

interface Part {
  readonly text: string;
  /** Behind it, and behind the white space that follows a brace. */
  readonly end: number;
}

/** What stands behind a dollar sign. */
function reference(text: string, at: number): { readonly inside: string; readonly end: number } {
  const open = text.charAt(at);
  if (open === '(' || open === '{') {
    const close = open === '(' ? ')' : '}';
    let level = 0;
    for (let end = at; end < text.length; end += 1) {
      if (text[end] === open) level += 1;
      else if (text[end] === close) level -= 1;
      if (level > 0) continue;
      if (end === at + 1) break;
      return { inside: text.slice(at + 1, end), end: end + 1 };
    }
    throw new Fault(level > 0 ? `"${shown(text.slice(at - 1))}" has no end` : 'a $ without a name');
  }
  let end = at;
  while (end < text.length && isNameCharacter(text.charAt(end))) end += 1;
  if (end === at) throw new Fault('a $ without a name');
  return { inside: text.slice(at, end), end };
}

/** The name at the beginning of `${name?text}`, and where the text begins. */
function namedOperator(
  inside: string,
  start: number,
): { readonly name: string; readonly operator: '' | '?' | ':'; readonly at: number } {
  let end = start;
  while (end < inside.length && isNameCharacter(inside.charAt(end))) end += 1;
  const name = inside.slice(start, end);
  const next = skipBlanks(inside, end);
  const operator = inside.charAt(next);
  if (operator === '' || operator === '?' || operator === ':') return { name, operator, at: next + 1 };
  throw new Fault(`"${shown(inside)}" is no name of a parameter`);
}

/** `{text}`, or all the rest. */
function operand(inside: string, at: number): Part {
  const start = skipBlanks(inside, at);
  return inside[start] === '{' ? braced(inside, start) : { text: inside.slice(at), end: inside.length };
}

function braced(inside: string, start: number): Part {
  let level = 0;
  for (let end = start; end < inside.length; end += 1) {
    if (inside[end] === '{') level += 1;
    else if (inside[end] === '}') level -= 1;
    if (level === 0) return { text: inside.slice(start + 1, end), end: skipBlanks(inside, end + 1) };
  }
  throw new Fault(`"${shown(inside.slice(start))}" has no end`);
}

const operators = ['==', '!=', '<', '<=', '>', '>='] as const;
type Operator = (typeof operators)[number];

function isOperator(text: string): text is Operator {
  return operators.some((one) => one === text);
}

/** By number if both are digits, else by octets; or as levels of compatibility, such as 3.6. */
function compare(left: string, operator: Operator, right: string, byLevel: boolean): boolean {
  if (byLevel) {
    const bad = [left, right].find((one) => !isLevel(one));
    if (bad !== undefined) throw new Fault(`"${shown(bad)}" is no level of compatibility`);
    return holds(compareLevels(left, right), operator);
  }
  const digits = /^\d{1,18}$/;
  if (digits.test(left) && digits.test(right)) return holds(Number(BigInt(left) - BigInt(right)), operator);
  return holds(Buffer.compare(Buffer.from(left), Buffer.from(right)), operator);
}

function holds(order: number, operator: Operator): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function isNameCharacter(character: string): boolean {
  return /^\w$/.test(character);
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
