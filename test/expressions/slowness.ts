import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import type { Alternative, Quantifier } from '@eslint-community/regexpp/ast';
import { getFirstConsumedChar, toCache, type ReadonlyFlags } from 'regexp-ast-analysis';
import { analyse } from 'scslre';
import type { Expression } from './expressions-in.ts';

/**
 * Why an expression may take more than a few steps for each character of its text, in words; empty if it never does.
 *
 * The analysis is that of the rules `no-super-linear-backtracking` and `no-super-linear-move` of eslint-plugin-regexp. It
 * does not compare alternatives with each other, so within a repetition they must begin with different characters.
 */
export function slowness(expression: Expression): readonly string[] {
  const { where, source, flags } = expression;
  const { reports } = analyse({ source, flags }, { reportTypes: { Move: true, Self: true, Trade: true } });
  const repeated = reports.map(
    ({ type, character, exponential }) =>
      `${exponential ? 'exponential' : 'polynomial'} (${type}) in ${JSON.stringify(character.pick)}`,
  );
  return [...repeated, ...alike(expression)].map((why) => `${where} /${source}/: ${why}`);
}

/** Alternatives within a repetition that can begin with the same character. */
function alike({ source, flags }: Expression): readonly string[] {
  const parser = new RegExpParser();
  const pattern = parser.parsePattern(source, 0, source.length, {
    unicode: flags.includes('u'),
    unicodeSets: flags.includes('v'),
  });
  const known = toCache(parser.parseFlags(flags));
  const found: string[] = [];
  visitRegExpAST(pattern, {
    onQuantifierEnter({ element, max, raw }: Quantifier) {
      if (max < 2 || !('alternatives' in element)) return;
      if (!areApart(element.alternatives, known)) found.push(`alternatives that begin alike in ${raw}`);
    },
  });
  return found;
}

function areApart(alternatives: readonly Alternative[], flags: ReadonlyFlags): boolean {
  if (alternatives.length < 2) return true;
  const first = alternatives.map((alternative) => getFirstConsumedChar(alternative, 'ltr', flags));
  return first.every(
    ({ char, empty }, at) => !empty && first.slice(at + 1).every((other) => char.isDisjointWith(other.char)),
  );
}
