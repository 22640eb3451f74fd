import { commandNames, commands, epilogue, groups } from './commands.ts';
import { helpText } from './program.ts';

/** The help text of a command or of a group; without words, of the program. Words behind a command do not count. */
export function usage(words: readonly string[] = []): string {
  return `${helpText(words)}\n${afterwards(words)}`;
}

function afterwards([first, second]: readonly string[]): string {
  if (first === undefined) return epilogue;
  const name = [`${first} ${second}`, first].flatMap(
    (words) => commandNames.find((known) => known === words) ?? [],
  )[0];
  const example = name === undefined ? groups[first]?.example : commands[name].example;
  return `Example:\n  ${example}\n`;
}
