import { roles, type Role } from '../config/role.ts';
import { newKeyTypes, type NewKeyType } from '../dkim/make-keys.ts';
import { commands, type CommandName, type OptionName } from './commands.ts';
import { readCommandLine, type GivenOption } from './program.ts';
import { hint, slipError, unknownTopic } from './slips.ts';
import { UsageError } from './usage-error.ts';

/** The sources of settings on the command line, which `loadConfig` takes besides the environment. */
export interface ConfigArguments {
  readonly configFile?: string;
  /** `key=value`, in order. */
  readonly sets: readonly string[];
}

/** The parsed command line. Absent options have their defaults. */
export interface Command {
  readonly name: CommandName | 'version';
  readonly settings: ConfigArguments;
  /** Names of destinations, ids of messages, a shell, the words of a command: what the table says of this one. */
  readonly operands: readonly string[];
  readonly role: Role;
  readonly json: boolean;
  readonly live: boolean;
  readonly directory?: string;
  readonly generate: boolean;
  readonly selector?: string;
  readonly algorithm?: NewKeyType;
  /** Of `token add`. */
  readonly wishes: TokenWishes;
}

/** What `token add` is told of the token. */
export interface TokenWishes {
  readonly senders: readonly string[];
  readonly rate: string | undefined;
  readonly size: string | undefined;
}

/** Reads the arguments behind the program name. Throws a `UsageError` for anything that is not understood to the last word. */
export function parseArguments(argv: readonly string[]): Command {
  const reading = readCommandLine(argv);
  if (reading.kind === 'help') return help(reading.words);
  if (has(reading.given, 'version')) return asked('version');
  if (reading.kind === 'slip') throw slipError(reading);
  const { name, operands, given } = reading;
  if (name === 'help') return help(operands);
  for (const option of given) checkOption(name, option);
  checkOperands(name, operands);
  const directory = single(given, 'directory');
  const selector = single(given, 'selector');
  const algorithm = single(given, 'algorithm');
  return {
    name,
    operands,
    settings: settingsOf(name, given),
    role: roleOf(single(given, 'role') ?? 'all'),
    json: has(given, 'json'),
    live: has(given, 'live'),
    ...(algorithm === undefined ? {} : { algorithm: algorithmOf(algorithm) }),
    ...(directory === undefined ? {} : { directory }),
    generate: has(given, 'generate'),
    ...(selector === undefined ? {} : { selector }),
    wishes: {
      senders: valuesOf(given, 'sender'),
      rate: single(given, 'rate'),
      size: single(given, 'size'),
    },
  };
}

function asked(name: Command['name'], operands: readonly string[] = []): Command {
  const wishes = { senders: [], rate: undefined, size: undefined };
  return {
    name,
    operands,
    settings: { sets: [] },
    role: 'all',
    json: false,
    live: false,
    generate: false,
    wishes,
  };
}

function help(words: readonly string[]): Command {
  const unknown = unknownTopic(words);
  if (unknown !== undefined) throw unknown;
  return asked('help', words);
}

function settingsOf(name: CommandName, given: readonly GivenOption[]): ConfigArguments {
  const file = single(given, 'config');
  if (file === '') throw new UsageError(`--config needs the name of a file.${hint(name)}`);
  return { ...(file === undefined ? {} : { configFile: file }), sets: valuesOf(given, 'set') };
}

function checkOption(name: CommandName, option: GivenOption): void {
  if (!commands[name].options.includes(option.name))
    throw new UsageError(`--${option.name} is not an option of "${name}".${hint(name)}`);
  if (option.isMissing) throw new UsageError(`--${option.name} needs a value.${hint(name)}`);
}

function checkOperands(name: CommandName, operands: readonly string[]): void {
  const choices = commands[name].operands?.choices;
  const other = choices && operands.find((word) => !choices.includes(word));
  if (other !== undefined)
    throw new UsageError(`"${name}" takes one of ${choices?.join(', ')}, not "${other}".${hint(name)}`);
  if (name === 'queue delete' && operands.includes('all'))
    throw new UsageError(`"queue delete" takes ids only, not "all".${hint(name)}`);
}

function roleOf(text: string): Role {
  const role = roles.find((known) => known === text);
  if (role === undefined)
    throw new UsageError(`--role is one of ${roles.join(', ')}, not "${text}".${hint('run')}`);
  return role;
}

function algorithmOf(text: string): NewKeyType {
  const algorithm = newKeyTypes.find((known) => known === text);
  if (algorithm === undefined)
    throw new UsageError(
      `--algorithm is one of ${newKeyTypes.join(', ')}, not "${text}".${hint('dkim create')}`,
    );
  return algorithm;
}

function single(given: readonly GivenOption[], name: OptionName): string | undefined {
  const values = valuesOf(given, name);
  if (values.length > 1) throw new UsageError(`--${name} is given ${values.length} times; once is enough.`);
  return values[0];
}

function valuesOf(given: readonly GivenOption[], name: OptionName): readonly string[] {
  return given.filter((option) => option.name === name).map(({ value }) => value);
}

function has(given: readonly GivenOption[], name: OptionName): boolean {
  return given.some((option) => option.name === name);
}
