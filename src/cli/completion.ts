import { settingKeys } from '../config/settings.ts';
import { commandNames, commands, groups, optionsOf, type CommandName } from './commands.ts';
import { optionNames, options, type OptionName } from './options/options.ts';

/** The script with which bash completes the words of `dane-relay`. It needs only bash. */
export function bashCompletion(): string {
  const withValue = optionNames.filter((name) => options[name].value !== undefined);
  return `# Completion of dane-relay in bash, written by "dane-relay completion bash".
_dane_relay() {
  local IFS=$' \\t\\n' current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local command='' words='' options='' value='' at
  COMPREPLY=()
  # To readline, "=" is a word of its own. What follows it is a value.
  if [[ $current == '=' ]]; then
    value=yes current=''
  elif [[ $before == '=' ]]; then
    value=yes before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $before in
${withValue.map((name) => `    ${pattern(name)}) ${valueOf(name)} ;;`).join('\n')}
  esac
  [[ $value ]] && return
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${withValue.map(pattern).join(' | ')} | =) [[ \${COMP_WORDS[at + 1]} == '=' ]] || ((at++)) ;;
      -*) ;;
      *) command+=" \${COMP_WORDS[at]}" ;;
    esac
  done
  # What "help" explains is what could stand in its place.
  case \${command#' help'} in
    '') words='${nextWords('')}' options='${spelled()}' ;;
${Object.keys(groups).map(groupCase).join('\n')}
${commandNames
  .filter((name) => name !== 'help')
  // "except" is the beginning of "except list" as well.
  .toSorted((a, b) => Number(isGroup(a)) - Number(isGroup(b)))
  .map(commandCase)
  .join('\n')}
  esac
  [[ $current == -* ]] && words=$options
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _dane_relay dane-relay
`;
}

/** What completes the value of an option. */
function valueOf(name: OptionName): string {
  const { choices } = options[name];
  if (choices !== undefined) return `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return`;
  // The names of files are completed by readline itself, which knows how to quote them.
  if (name !== 'set') return 'compopt -o default; return';
  const keys = settingKeys.join(' ');
  return `compopt -o nospace; COMPREPLY=($(compgen -S = -W '${keys}' -- "$current")); return`;
}

function groupCase(group: string): string {
  const options = spelled(commandNames.find((name) => name === group));
  return `    ' ${group}') words='${nextWords(`${group} `)}' options='${options}' ;;`;
}

function isGroup(name: CommandName): boolean {
  return Object.hasOwn(groups, name);
}

function commandCase(name: CommandName): string {
  const words = commands[name].operands?.choices?.join(' ') ?? '';
  return `    ' ${name}'*) words='${words}' options='${spelled(name)}' ;;`;
}

/** The words that make commands, behind these. */
function nextWords(start: string): string {
  const behind = commandNames
    .filter((name) => name.startsWith(start))
    .map((name) => name.slice(start.length));
  return [...new Set(behind.map((words) => words.split(' ')[0]))].join(' ');
}

function spelled(name?: CommandName): string {
  return optionsOf(name)
    .map((option) => `--${option}`)
    .join(' ');
}

function pattern(name: OptionName): string {
  const { short } = options[name];
  return short === undefined ? `--${name}` : `--${name} | -${short}`;
}
