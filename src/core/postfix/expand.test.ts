import { describe, expect, test } from 'vitest';
import { expand, newExpansionBudget } from './expand.ts';

const known: Readonly<Record<string, string>> = {
  a: 'A',
  empty: '',
  nested: '<$a>',
  deeper: '$nested$nested',
  hidden: '$empty',
  dollar: '$$a',
  compatibility_level: '3.6',
  one: '$two',
  two: '${three}',
  three: '$one',
  five: '5',
};
const find = (name: string) => known[name];
const textOf = (text: string) => {
  const expanded = expand(text, find);
  return 'text' in expanded ? expanded.text : expanded;
};

test.each([
  ['', ''],
  ['plain', 'plain'],
  ['$a', 'A'],
  ['$a.b', 'A.b'],
  ['${a}b', 'Ab'],
  ['$(a)b', 'Ab'],
  ['$$a', '$a'],
  ['$dollar', '$a'],
  ['$deeper', '<A><A>'],
  ['$empty', ''],
  ['${a?yes}', 'yes'],
  ['${a:no}', ''],
  ['${empty?yes}', ''],
  ['${empty:no}', 'no'],
  ['${unset?yes}', ''],
  ['${unset:no}', 'no'],
  // What is asked is whether there is a text, not what it comes to.
  ['${hidden?yes}', 'yes'],
  ['${a?<$nested>}', '<<A>>'],
  ['${a?b:c}', 'b:c'],
  ['${a?{b}:{c}}', 'b'],
  ['${empty?{b}:{c}}', 'c'],
  ['${empty ? {b} : {c}}', 'c'],
  ['${a?{b}:c}', 'b'],
  ['${empty?{b}:c d}', 'c d'],
  ['${a?{x{y}z}}', 'x{y}z'],
  ['${{$a} == {A} ? {same} : {other}}', 'same'],
  ['${{$a}=={B}?{same}:{other}}', 'other'],
  ['${{$a} != {B}}', 'true'],
  ['${{$a} == {B}}', ''],
  ['${{2} < {10} ? {number} : {text}}', 'number'],
  ['${{2a} < {10} ? {number} : {text}}', 'text'],
  ['${{$five} >= {5} ? {yes}}', 'yes'],
  ['${{a} > {b} : {no}}', 'no'],
  ['${{$compatibility_level} <level {3.10} ? {old} : {new}}', 'old'],
  ['${{$compatibility_level} >=level {3.6.0} ? {new} : {old}}', 'new'],
  ['$(a?b)', 'b'],
])('expand(): %j is %j', (text, wanted) => {
  expect(textOf(text)).toBe(wanted);
});

test.each([
  ['$', 'a $ without a name'],
  ['a$ b', 'a $ without a name'],
  ['${}', 'a $ without a name'],
  ['${a', '"${a" has no end'],
  ['${a-b}', '"a-b" is no name of a parameter'],
  ['${a?{b}', '"${a?{b}" has no end'],
  ['${a?{b}c}', ': is missing behind {b}'],
  ['${empty?{b}:{c}d}', 'nothing may follow {c}'],
  ['${{a} b}', 'a comparison such as == is missing behind {a}'],
  ['${{a} == b}', '{text} is missing behind {a} =='],
  ['${{a} =~ {b}}', 'a comparison such as == is missing behind {a}'],
  ['${{a} ==size {b}}', 'unknown comparison ==size'],
  ['${{x} <level {3.6} ? {a} : {b}}', '"x" is no level of compatibility'],
  ['$one', '$one -> $two -> $three -> $one goes in a circle'],
])('expand(): %j is a fault', (text, problem) => {
  expect(expand(text, find)).toEqual({ problem });
});

describe('expand()', () => {
  test('leaves a parameter that nobody knows, and names it', () => {
    expect(expand('a $unset ${unset}b', find)).toEqual({
      text: 'a $unset ${unset}b',
      used: ['unset'],
      unknown: ['unset'],
    });
  });

  test('tells of all parameters that a text comes from', () => {
    expect(expand('$nested ${five?x}', find)).toMatchObject({ used: ['nested', 'a', 'five'] });
  });

  test('a condition does not go in a circle', () => {
    expect(expand('$p', (name) => (name === 'p' ? '${p?set}' : undefined))).toMatchObject({ text: 'set' });
  });

  test('ends where parameters make too much of a text', () => {
    const doubling = (name: string) => {
      const step = Number(name.slice(1));
      return step === 0 ? 'xxxxxxxx' : `$p${step - 1}$p${step - 1}`;
    };
    expect(expand('$p60', doubling)).toEqual({ problem: 'the parameters expand to too much text' });
    const budget = newExpansionBudget(100);
    expect(expand('$a', find, budget)).toMatchObject({ text: 'A' });
    expect(expand('x'.repeat(50), find, budget)).toEqual({
      problem: 'the parameters expand to too much text',
    });
  });

  test('ends where expressions are too deep', () => {
    const deep = `${'${a?{'.repeat(200)}x${'}}'.repeat(200)}`;
    expect(expand(deep, find)).toEqual({ problem: 'expressions within one another more than 100 deep' });
  });
});
