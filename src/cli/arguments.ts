import { commands, type CommandName } from './commands.ts';
import { options, type OptionName } from './options/options.ts';
import { readCommandLine, type GivenOption } from './program.ts';
import { hint, slipError, unknownTopic } from './slips.ts';
import { UsageError } from './usage-error.ts';

/** The sources of settings on the command line, which `loadConfig` takes besides the environment. */
export interface ConfigArguments {
  readonly configFile?: string;
  /** `key=value`, in order. */
  readonly sets: readonly string[];
}

/** The parsed command line. */
export interface Command {
  readonly name: CommandName | 'version';
  readonly settings: ConfigArguments;
  /** Names of destinations, ids of messages, a shell, the words of a command: what the table says of this one. */
  readonly operands: readonly string[];
  /** Other options, each with its values in order; a switch has one, which is empty. */
  readonly options: Readonly<Partial<Record<OptionName, readonly string[]>>>;
}

/** Whether this option was given. */
export function has({ options }: Pick<Command, 'options'>, name: OptionName): boolean {
  return options[name] !== undefined;
}

/** The value of an option that may be given once. */
export function valueOf({ options }: Pick<Command, 'options'>, name: OptionName): string | undefined {
  return options[name]?.[0];
}

/** The values of an option that may be given several times. */
export function valuesOf({ options }: Pick<Command, 'options'>, name: OptionName): readonly string[] {
  return options[name] ?? [];
}

/** Reads the arguments behind the program name. Throws a `UsageError` for anything that is not understood to the last word. */
export function parseArguments(argv: readonly string[]): Command {
  const reading = readCommandLine(argv);
  if (reading.kind === 'help') return help(reading.words);
  if (reading.given.some(({ name }) => name === 'version')) return asked('version');
  if (reading.kind === 'slip') throw slipError(reading);
  const { name, operands, given } = reading;
  if (name === 'help') return help(operands);
  for (const option of given) checkOption(name, option);
  checkOperands(name, operands);
  const { config, set = [], ...rest } = optionsOf(given);
  if (config?.[0] === '') throw new UsageError(`--config needs the name of a file.${hint(name)}`);
  const file = config?.[0];
  return {
    name,
    operands,
    settings: { ...(file === undefined ? {} : { configFile: file }), sets: set },
    options: rest,
  };
}

function asked(name: Command['name'], operands: readonly string[] = []): Command {
  return { name, operands, settings: { sets: [] }, options: {} };
}

function help(words: readonly string[]): Command {
  const unknown = unknownTopic(words);
  if (unknown !== undefined) throw unknown;
  return asked('help', words);
}

function checkOption(name: CommandName, option: GivenOption): void {
  if (!commands[name].options.includes(option.name))
    throw new UsageError(`--${option.name} is not an option of "${name}".${hint(name)}`);
  if (option.isMissing) throw new UsageError(`--${option.name} needs a value.${hint(name)}`);
  const { choices } = options[option.name];
  if (choices !== undefined && !choices.includes(option.value))
    throw new UsageError(
      `--${option.name} is one of ${choices.join(', ')}, not "${option.value}".${hint(name)}`,
    );
}

function checkOperands(name: CommandName, operands: readonly string[]): void {
  const choices = commands[name].operands?.choices;
  const other = choices && operands.find((word) => !choices.includes(word));
  if (other !== undefined)
    throw new UsageError(`"${name}" takes one of ${choices?.join(', ')}, not "${other}".${hint(name)}`);
  if (name.startsWith('queue ') && name !== 'queue release' && operands.includes('all'))
    throw new UsageError(`"${name}" takes ids only, not "all".${hint(name)}`);
}

/** Throws a `UsageError` if one was given too often. */
function optionsOf(given: readonly GivenOption[]): Command['options'] {
  const found: Partial<Record<OptionName, readonly string[]>> = {};
  for (const { name, value } of given) found[name] = [...(found[name] ?? []), value];
  for (const [name, values] of Object.entries(found) as [OptionName, readonly string[]][]) {
    const { repeats, value } = options[name];
    if (value !== undefined && repeats !== true && values.length > 1)
      throw new UsageError(`--${name} is given ${values.length} times; once is enough.`);
  }
  return found;
}
