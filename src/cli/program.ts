import { Command, CommanderError, Option } from 'commander';
import { commandNames, commands, groups, headingOf, optionsOf, type CommandName } from './commands.ts';
import { optionNames, options, type OptionName } from './options/options.ts';

/*
 * The table of commands as the library knows it; its types stay in this file. It parses and lays out; what is said about a
 * slip are sentences of our own.
 */

/** An option as it was given. */
export interface GivenOption {
  readonly name: OptionName;
  /** Empty for a switch. */
  readonly value: string;
  /** It takes a value and has none. */
  readonly isMissing: boolean;
}

/** The parsed words of a command line. */
export type Reading = {
  /** In the order of the command line. */
  readonly given: readonly GivenOption[];
  /** Without options; from the first word on that is none of a command, these are its operands. */
  readonly words: readonly string[];
} & (
  | { readonly kind: 'command'; readonly name: CommandName; readonly operands: readonly string[] }
  /** `--help` */
  | { readonly kind: 'help' }
  | Slip
);

/** What is wrong with the command line, and where: words of a command or of a group, none for the program. */
export interface Slip {
  readonly kind: 'slip';
  readonly slip:
    | { readonly what: 'no command' | 'missing operand' }
    | { readonly what: 'unknown command' | 'unknown option' | 'excess operand'; readonly word: string };
  readonly at: string;
}

export function readCommandLine(argv: readonly string[]): Reading {
  const given: GivenOption[] = [];
  let asked: { readonly name: CommandName; readonly operands: readonly string[] } | undefined;
  const program = build((name, operands) => (asked = { name, operands }));
  for (const name of optionNames) {
    program.on(`option:${name}`, (value?: string | null) =>
      given.push({ name, value: value ?? '', isMissing: value === null }),
    );
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const words = program.args.filter((word) => !isOption(word));
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', given, words };
    const command = find(program, program.args);
    return { kind: 'slip', slip: slipOf(error.code, command), at: pathOf(command), given, words };
  }
  if (asked === undefined) throw new Error('neither a command nor an error came of the command line');
  return { kind: 'command', ...asked, given, words: program.args };
}

/** The help text of a command or of a group; of the program where the words are of neither. */
export function helpText(words: readonly string[]): string {
  return find(build(), words).helpInformation();
}

function build(asked: (name: CommandName, operands: readonly string[]) => void = () => {}): Command {
  const silent = (): void => {};
  const program = new Command('dane-relay')
    .description('Accepts mail over SMTP and delivers it to the mail servers of its recipients, with DANE.')
    .helpOption(flagsOf('help'), options.help.text)
    .helpCommand(false)
    .configureOutput({ writeOut: silent, writeErr: silent, outputError: silent })
    .exitOverride();
  program.configureHelp({
    helpWidth: 80,
    visibleOptions: (command) => visibleOptions(commandNames.find((name) => name === pathOf(command))),
    optionTerm: ({ flags }) => flags.replaceAll(/[[\]]/g, ''),
    visibleCommands: ({ commands }) =>
      commands.flatMap((one) => [...(isAsked(one) ? [one] : []), ...one.commands]),
    subcommandTerm: pathOf,
  });
  // All options are the program's, so that they may stand anywhere; the table says which command takes them.
  for (const name of optionNames)
    if (name !== 'help') program.addOption(new Option(flagsOf(name), options[name].text));
  for (const name of commandNames) {
    const row = commands[name];
    const [first = '', second] = name.split(' ');
    const heading = headingOf(name);
    // The library puts the headings into the order of the program's own commands.
    const parent = second === undefined ? program : groupOf(program, first).helpGroup(heading);
    const command = parent.command(second ?? first).helpGroup(heading);
    command.summary(row.summary).description(row.text.join('\n\n'));
    if (row.operands !== undefined) command.argument(row.operands.usage, row.operands.text);
    command.action(() => asked(name, command.args));
  }
  return program;
}

function visibleOptions(command: CommandName | undefined): Option[] {
  const texts = command === undefined ? undefined : commands[command].optionTexts;
  return optionsOf(command).map((name) => new Option(flagsOf(name), texts?.[name] ?? options[name].text));
}

/** A first word that is a command by itself, whether or not there are others that begin with it. */
function isAsked(command: Command): boolean {
  return commandNames.some((name) => name === pathOf(command));
}

function groupOf(program: Command, name: string): Command {
  return (
    program.commands.find((command) => command.name() === name) ??
    program.command(name).description(groups[name]?.text ?? '')
  );
}

/** `-c, --config [FILE]`: only of a value that may be missing does the library see that it is an option that follows. */
function flagsOf(name: OptionName): string {
  const { short, value } = options[name];
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` [${value}]`}`;
}

function find(program: Command, words: readonly string[]): Command {
  let at = program;
  for (const word of words) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    at = next;
  }
  return at;
}

/** `queue list`; empty for the program. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null ? '' : `${pathOf(parent)} ${command.name()}`.trim();
}

function slipOf(code: string, command: Command): Slip['slip'] {
  const { args, registeredArguments } = command;
  switch (code) {
    case 'commander.help':
      return { what: 'no command' };
    case 'commander.unknownCommand':
      return { what: 'unknown command', word: args[0] ?? '' };
    case 'commander.unknownOption':
      return { what: 'unknown option', word: args.find(isOption) ?? '' };
    case 'commander.missingArgument':
      return { what: 'missing operand' };
    case 'commander.excessArguments':
      return { what: 'excess operand', word: args[registeredArguments.length] ?? '' };
    default:
      throw new Error(`the library knows a slip that we do not: ${code}`);
  }
}

function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}
