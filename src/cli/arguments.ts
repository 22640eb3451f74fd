import { parseArgs } from 'node:util';
import { closest } from '../config/suggest.ts';
import { UsageError } from './usage-error.ts';
import { helpTopics, type HelpTopic } from './usage.ts';

export const roles = ['all', 'intake', 'delivery'] as const;
/** Which half of the work a process does. */
export type Role = (typeof roles)[number];

/** Where the command line says the settings are; what `loadConfig` takes besides the environment. */
export interface ConfigArguments {
  readonly configFile?: string;
  /** `key=value`, in order. */
  readonly sets: readonly string[];
}

/** What the command line asks for. */
export type Command =
  | { readonly name: 'run'; readonly settings: ConfigArguments; readonly role: Role }
  | { readonly name: 'check-config' | 'queue import' | 'queue repair'; readonly settings: ConfigArguments }
  | { readonly name: 'queue list'; readonly settings: ConfigArguments; readonly json: boolean }
  | {
      readonly name: 'queue flush';
      readonly settings: ConfigArguments;
      /** None means all. */
      readonly destinations: readonly string[];
    }
  | { readonly name: 'queue export'; readonly settings: ConfigArguments; readonly live: boolean }
  | {
      readonly name: 'queue release' | 'queue delete';
      readonly settings: ConfigArguments;
      readonly ids: readonly string[];
    }
  | { readonly name: 'health'; readonly settings: ConfigArguments; readonly json: boolean }
  | { readonly name: 'help'; readonly topic?: HelpTopic }
  | { readonly name: 'version' };

type WorkingCommand = Exclude<Command['name'], 'help' | 'version'>;

const optionTypes = {
  config: 'string',
  set: 'string',
  role: 'string',
  json: 'boolean',
  live: 'boolean',
  help: 'boolean',
  version: 'boolean',
} as const;
type OptionName = keyof typeof optionTypes;
const shortNames: Readonly<Partial<Record<OptionName, string>>> = { config: 'c', help: 'h', version: 'V' };
const optionNames = Object.keys(optionTypes) as OptionName[];

const optionsOf: Readonly<Record<WorkingCommand, readonly OptionName[]>> = {
  run: ['config', 'set', 'role'],
  'check-config': ['config', 'set'],
  'queue list': ['config', 'set', 'json'],
  'queue flush': ['config', 'set'],
  'queue release': ['config', 'set'],
  'queue delete': ['config', 'set'],
  'queue export': ['config', 'set', 'live'],
  'queue import': ['config', 'set'],
  'queue repair': ['config', 'set'],
  health: ['config', 'set', 'json'],
};
/** Commands that go on with ids of messages, or names of destinations. */
const takesNames: readonly WorkingCommand[] = ['queue release', 'queue delete', 'queue flush'];
const commandNames = Object.keys(optionsOf) as WorkingCommand[];
const firstWords = [...helpTopics, 'help'];

interface Given {
  readonly words: readonly string[];
  /** In the order of the command line. */
  readonly options: readonly { readonly name: OptionName; readonly value: string }[];
}

/** Reads the arguments behind the program name. Throws a `UsageError` for anything that is not understood to the last word. */
export function parseArguments(argv: readonly string[]): Command {
  const given = split(argv);
  const has = (name: OptionName): boolean => given.options.some((option) => option.name === name);
  if (has('help')) return help(given.words);
  if (has('version')) return { name: 'version' };
  if (given.words[0] === 'help') return help(given.words.slice(1));

  const name = commandName(given.words);
  for (const option of given.options) {
    if (!optionsOf[name].includes(option.name)) {
      throw new UsageError(`--${option.name} is no option of "${name}".${hint(name)}`);
    }
  }
  const file = single(given, 'config');
  if (file === '') throw new UsageError(`--config needs the name of a file.${hint(name)}`);
  const sets = given.options.filter((option) => option.name === 'set').map(({ value }) => value);
  const settings = { ...(file === undefined ? {} : { configFile: file }), sets };
  switch (name) {
    case 'run':
      return { name, settings, role: parseRole(single(given, 'role') ?? 'all') };
    case 'queue list':
    case 'health':
      return { name, settings, json: has('json') };
    case 'queue export':
      return { name, settings, live: has('live') };
    case 'queue flush':
      return { name, settings, destinations: given.words.slice(2) };
    case 'check-config':
    case 'queue import':
    case 'queue repair':
      return { name, settings };
    case 'queue release':
    case 'queue delete':
      return { name, settings, ids: idsAfter(name, given.words.slice(2)) };
  }
}

function split(argv: readonly string[]): Given {
  const options = Object.fromEntries(
    optionNames.map((name) => {
      const short = shortNames[name];
      return [name, { type: optionTypes[name], ...(short === undefined ? {} : { short }) }];
    }),
  );
  // Not strict: the sentences of parseArgs are for programmers. Its tokens say all that is needed.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const given = { words: [] as string[], options: [] as { name: OptionName; value: string }[] };
  for (const token of tokens) {
    if (token.kind === 'positional') given.words.push(token.value);
    if (token.kind === 'option') given.options.push(parseOption(token));
  }
  return given;
}

function parseOption(token: {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}): { name: OptionName; value: string } {
  const name = optionNames.find(
    (known) => known === token.name && [`--${known}`, `-${shortNames[known]}`].includes(token.rawName),
  );
  if (name === undefined) {
    const otherCase = Object.values(shortNames).filter(
      (short) => short.toLowerCase() === token.name.toLowerCase(),
    );
    const near =
      otherCase.length > 0 ? didYouMean(otherCase, '-') : didYouMean(closest(token.name, optionNames), '--');
    throw new UsageError(`${token.rawName} is no option.${near}`);
  }
  if (optionTypes[name] === 'boolean') {
    if (token.value !== undefined) throw new UsageError(`--${name} takes no value.${hint()}`);
    return { name, value: '' };
  }
  // `--config --set x=y` lacks a file name more probably than it names a file `--set`; `--config=--set` insists.
  if (token.value === undefined || (token.value.startsWith('-') && token.inlineValue !== true)) {
    throw new UsageError(`--${name} needs a value.${hint()}`);
  }
  return { name, value: token.value };
}

function single(given: Given, name: 'config' | 'role'): string | undefined {
  const values = given.options.filter((option) => option.name === name).map(({ value }) => value);
  if (values.length > 1) throw new UsageError(`--${name} is given ${values.length} times; once is enough.`);
  return values[0];
}

function commandName(words: readonly string[]): WorkingCommand {
  const [first, ...rest] = words;
  if (first === undefined) throw new UsageError(`A command is missing.${hint()}`);
  if (first === 'queue' && rest.length === 0)
    throw new UsageError(`What about the queue?${didYouMean(queueCommands())}`);
  const length = first === 'queue' ? 2 : 1;
  const asked = words.slice(0, length).join(' ');
  const name = commandNames.find((known) => known === asked);
  if (name === undefined) {
    const near = first === 'queue' ? queueCommands() : closest(first, firstWords);
    throw new UsageError(`"${asked}" is no command.${didYouMean(near)}`);
  }
  const left = takesNames.includes(name) ? undefined : words[length];
  if (left !== undefined)
    throw new UsageError(`"${left}" is one word too many after "${name}".${hint(name)}`);
  return name;
}

function idsAfter(name: 'queue release' | 'queue delete', ids: readonly string[]): readonly string[] {
  if (ids.length === 0) throw new UsageError(`"${name}" needs the id of a message.${hint(name)}`);
  if (name === 'queue delete' && ids.includes('all'))
    throw new UsageError(`"queue delete" takes ids only, not "all".${hint(name)}`);
  return ids;
}

function queueCommands(): readonly string[] {
  return commandNames.filter((name) => name.startsWith('queue '));
}

function parseRole(text: string): Role {
  const role = roles.find((known) => known === text);
  if (role === undefined)
    throw new UsageError(`--role is one of ${roles.join(', ')}, not "${text}".${hint('run')}`);
  return role;
}

function help([word]: readonly string[]): Command {
  if (word === undefined || word === 'help') return { name: 'help' };
  const topic = helpTopics.find((known) => known === word);
  if (topic === undefined)
    throw new UsageError(`"${word}" is no command.${didYouMean(closest(word, helpTopics))}`);
  return { name: 'help', topic };
}

function didYouMean(near: readonly string[], prefix = ''): string {
  return near.length === 0
    ? hint()
    : ` Did you mean ${near.map((name) => `"${prefix}${name}"`).join(' or ')}?`;
}

function hint(name?: WorkingCommand): string {
  return ` See "dane-relay ${name === undefined ? 'help' : `help ${name.split(' ')[0]}`}".`;
}
