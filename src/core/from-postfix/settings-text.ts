import type { Draft, Untaken, WrittenSetting } from './draft.ts';
import { shownAssignment } from './shown.ts';
import type { Loss } from '../postfix-rows/row.ts';
import { tomlComment, tomlValue, type TomlValue } from './toml.ts';

export interface SettingsTextOptions {
  /** As it was named. */
  readonly source: string;
  /** All keys of settings, in the order in which they are to stand. */
  readonly order: readonly string[];
  /** Where the files are that settings name; undefined if they are not written. */
  readonly pathOf: (name: string) => string | undefined;
}

/** What a list of things that were not taken over says above each kind. */
export const headings: Readonly<Record<Loss, string>> = {
  protection: 'NOT TAKEN OVER, AND POSTFIX PROTECTS MORE WITH IT:',
  effect: 'Not taken over:',
  nothing: 'Without meaning here:',
};
export const losses = ['protection', 'effect', 'nothing'] as const;

/** The settings file, with what it comes from, and at its end what was not taken over. */
export function settingsText(draft: Draft, { source, order, pathOf }: SettingsTextOptions): string {
  // Lists of foreign length: they must not become arguments of a call.
  const blocks: (readonly string[])[] = [
    tomlComment(
      `Settings of dane-relay, made from ${source} by "dane-relay import-postfix". Above each setting stands what it comes ` +
        'from. What is not here has its default (config/relay.example.toml). What was not taken over stands at the end.',
    ),
  ];
  const paths = new Map(draft.files.map(({ key, name }) => [key, pathOf(name)]));
  const write = ({ key, value, origins, notes }: WrittenSetting, name: string, isOff = false): void => {
    const text = `${name} = ${tomlValue(valueOf(value, paths.get(key)))}`;
    blocks.push(
      [''],
      origins.flatMap((one) => tomlComment(shownAssignment(one))),
      notes.flatMap(tomlComment),
      text.split('\n').map((line) => (isOff ? `#${line}` : line)),
    );
  };
  let section = '';
  for (const key of order) {
    const setting = draft.settings.get(key);
    if (setting === undefined) continue;
    const [head, tail] = key.includes('.')
      ? [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)]
      : ['', key];
    const isOff = paths.has(key) && paths.get(key) === undefined;
    if (head !== section) blocks.push(['', `[${head}]`]);
    section = head;
    const notes = isOff ? [...setting.notes, 'The file is written with --output alone.'] : setting.notes;
    write({ ...setting, notes }, tail, isOff);
  }
  for (const listener of draft.listeners) {
    blocks.push(['', '[[listener]]']);
    for (const setting of listener.settings) write(setting, setting.key);
  }
  for (const loss of losses) {
    const found = draft.untaken.filter((one) => one.loss === loss);
    if (found.length > 0) blocks.push(['', '', `# ${headings[loss]}`], found.flatMap(untakenComment));
  }
  return `${blocks.flat().join('\n')}\n`;
}

function valueOf(value: TomlValue, path: string | undefined): TomlValue {
  return path ?? value;
}

function untakenComment(one: Untaken): readonly string[] {
  return ['#', ...untakenLines(one).flatMap((line) => tomlComment(line))];
}

/** What was not taken over, and why, each a line. */
export function untakenLines({ origin, about, more, why }: Untaken): readonly string[] {
  const shown = [...about, ...(more > 0 ? [`and ${more} more`] : [])];
  return [
    ...(origin === undefined ? [] : [shownAssignment(origin)]),
    `${origin === undefined ? '' : '  '}${shown.length === 0 ? '' : `${shown.join('; ')}: `}${why}`,
  ];
}
