import { closest } from '../config/suggest.ts';
import { commandNames, commands, groups } from './commands.ts';
import { optionNames, options } from './options/options.ts';
import type { Slip } from './program.ts';
import { UsageError } from './usage-error.ts';

/** What is wrong with a command line, in a sentence that gives the right form, or says where to find it. */
export function slipError({ slip, at }: Slip): UsageError {
  switch (slip.what) {
    case 'no command':
      return new UsageError(
        at === '' ? `A command is missing.${hint()}` : `What about the ${at}?${didYouMean(fewOf(at), at)}`,
      );
    case 'unknown command':
      return unknownCommand(at, slip.word);
    case 'unknown option':
      return unknownOption(slip.word, at);
    case 'missing operand':
      return new UsageError(`"${at}" needs ${operandOf(at)}.${hint(at)}`);
    case 'excess operand':
      return new UsageError(`"${slip.word}" is one word too many after "${at}".${hint(at)}`);
  }
}

/** For words of which no help is known; those behind the name of a command are its operands. */
export function unknownTopic([first, second]: readonly string[]): UsageError | undefined {
  if (first === undefined || isCommand(first)) return undefined;
  if (!Object.hasOwn(groups, first)) return unknownCommand('', first);
  return second === undefined || isCommand(`${first} ${second}`) ? undefined : unknownCommand(first, second);
}

/** Where more is told, behind a sentence: of a command or a group, of all of them where none is named. */
export function hint(name = ''): string {
  return ` See "${['dane-relay help', name].join(' ').trim()}".`;
}

function unknownCommand(group: string, word: string): UsageError {
  const near = group === '' ? closest(word, firstWords()) : nearInGroup(group, word);
  return new UsageError(`"${`${group} ${word}`.trim()}" is not a command.${didYouMean(near, group)}`);
}

function unknownOption(word: string, at: string): UsageError {
  const [option = ''] = word.split('=');
  const known = optionNames.find((name) => option === `--${name}` || option === `-${options[name].short}`);
  // The library knows all options: it only does not see one in a switch that is given a value.
  if (known !== undefined) return new UsageError(`--${known} takes no value.${hint(at)}`);
  return new UsageError(`${option} is not an option.${didYouMean(nearOptions(option))}`);
}

/** The same letter in the other case, which is another option, or the names that look like it. */
function nearOptions(option: string): readonly string[] {
  const shorts = optionNames.flatMap((name) => options[name].short ?? []).map((letter) => `-${letter}`);
  const otherCase = shorts.filter((short) => short.toLowerCase() === option.toLowerCase());
  return otherCase.length > 0
    ? otherCase
    : closest(option.replace(/^-+/, ''), optionNames).map((name) => `--${name}`);
}

function nearInGroup(group: string, word: string): readonly string[] {
  const near = closest(`${group} ${word}`, inGroup(group));
  return near.length > 0 ? near : fewOf(group);
}

/** More than so many are no sentence. */
const FEW = 7;

/** The commands of a group, if they are few. */
function fewOf(group: string): readonly string[] {
  const all = inGroup(group);
  return all.length > FEW ? [] : all;
}

function inGroup(group: string): readonly string[] {
  return commandNames.filter((name) => name.startsWith(`${group} `));
}

function firstWords(): readonly string[] {
  return [...new Set(commandNames.map((name) => name.split(' ')[0] ?? ''))];
}

function operandOf(command: string): string {
  const name = commandNames.find((known) => known === command);
  return (name && commands[name].operands?.one) ?? 'one word more';
}

function isCommand(words: string): boolean {
  return commandNames.some((name) => name === words);
}

function didYouMean(near: readonly string[], group = ''): string {
  return near.length === 0 ? hint(group) : ` Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`;
}
