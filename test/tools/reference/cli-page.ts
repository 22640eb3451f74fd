import {
  commandNames,
  commands,
  groups,
  headingOf,
  optionsOf,
  type CommandName,
} from '../../../src/cli/commands.ts';
import { exitStatuses } from '../../../src/cli/exit-statuses.ts';
import { options, type OptionName } from '../../../src/cli/options/options.ts';
import { inGroups } from './in-groups.ts';
import { fenced, item, markdownText, wrapped } from './markdown.ts';

/** docs/cli.md, from the tables of commands. */
export function cliPage(): string {
  const families = inGroups(commandNames, headingOf);
  return `${[
    head,
    fenced('dane-relay COMMAND [OPTION...] [OPERAND...]'),
    general,
    everyOption.map((name) => optionItem(name)).join('\n'),
    '## Exit status',
    statuses(),
    ...[...families].flatMap(([heading, names]) => [
      `## ${heading.replace(/:$/, '')}`,
      ...common(names),
      ...names.map(command),
    ]),
  ].join('\n\n')}\n`;
}

const head = `# Commands

Written by \`npm run docs:reference\` from \`src/cli\`: change that, not this page.

\`dane-relay help COMMAND\` says the same, and so does \`man dane-relay\`. In a clone the program is
\`node dist/main.js\`.`;

const general = `Options may stand anywhere behind the first word. \`--\` ends them. These belong to every command, the first two to those
that read the settings:`;

const everyOption: readonly OptionName[] = ['config', 'set', 'help', 'version'];

function statuses(): string {
  const rows = exitStatuses.map(({ code, meaning }) => `| ${code} | ${markdownText(meaning)} |`);
  return ['| status | what it says |', '| ---: | --- |', ...rows].join('\n');
}

/** What the commands of a group have in common. */
function common(names: readonly CommandName[]): readonly string[] {
  const firsts = new Set(names.map((name) => name.split(' ')[0] ?? ''));
  return [...firsts].flatMap((first) => {
    const text = groups[first]?.text;
    return text === undefined ? [] : [wrapped(markdownText(text))];
  });
}

function command(name: CommandName): string {
  const { text, operands, optionTexts, example, summary, since } = commands[name];
  const own = ownOptions(name);
  const items = [
    ...(operands === undefined ? [] : [item(`\`${operands.usage}\``, markdownText(operands.text))]),
    ...own.map((option) => optionItem(option, optionTexts?.[option])),
    ...(since === undefined ? [] : [item('since', since)]),
  ];
  return [
    `### \`${name}\``,
    fenced(synopsis(name)),
    ...(text.length === 0 ? [wrapped(markdownText(sentence(summary)))] : []),
    ...text.map((one) => wrapped(markdownText(one))),
    ...(items.length === 0 ? [] : [items.join('\n')]),
    'Example:',
    fenced(example),
  ].join('\n\n');
}

/** `dane-relay queue flush [OPTION...] [NAME...]` */
export function synopsis(name: CommandName): string {
  const { operands } = commands[name];
  const some = optionsOf(name).length > 2 ? [' [OPTION...]'] : [];
  return [`dane-relay ${name}`, ...some, ...(operands === undefined ? [] : [` ${operands.usage}`])].join('');
}

/** Without those of every command. */
export function ownOptions(name: CommandName): readonly OptionName[] {
  return optionsOf(name).filter((option) => !everyOption.includes(option));
}

/** `-c, --config FILE` */
export function flagsOf(name: OptionName): string {
  const { short, value } = options[name];
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** What an option says, and which values there are. */
export function optionText(name: OptionName, said: string = options[name].text): string {
  const { choices, repeats, value } = options[name];
  const several = repeats === true && !/several times/.test(said) ? ' It may be given several times.' : '';
  // Words that the text has already are not said again.
  const unsaid = choices?.some((choice) => !said.includes(choice)) === true;
  const values = unsaid ? ` ${value ?? ''} is one of: ${choices?.join(', ')}.` : '';
  return `${said}${values}${several}`;
}

function optionItem(name: OptionName, said?: string): string {
  return item(`\`${flagsOf(name)}\``, markdownText(optionText(name, said)));
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
