import { listenerKeys, listenerSettings } from '../../../src/config/listener-settings.ts';
import { environmentName, settingKeys, settingOf } from '../../../src/config/settings.ts';
import { toToml, type Setting } from '../../../src/config/setting.ts';
import { inGroups } from './in-groups.ts';
import { item, markdownText, wrapped } from './markdown.ts';

/** docs/settings.md, from the tables of settings. */
export function settingsPage(): string {
  const sections = inGroups(settingKeys, sectionOf);
  return `${[
    head,
    ...[...sections].flatMap(([name, keys]) => [
      `## ${sectionTitle(name)}`,
      ...keys.map((key) => entry(key, settingOf(key), environmentName(key))),
    ]),
    listeners,
    ...listenerKeys.map((key) => entry(`[[listener]] ${key}`, listenerSettings[key])),
  ].join('\n\n')}\n`;
}

/** The table of TOML that a key is in; empty for those at the top. */
export function sectionOf(key: string): string {
  return key.includes('.') ? key.slice(0, key.indexOf('.')) : '';
}

const titles: Readonly<Record<string, string>> = {
  '': 'At the top of the file',
  intake: 'mail that comes in',
  http: 'submission over HTTP',
  redis: 'where the queue is kept',
  dns: 'the resolver',
  tls: 'TLS of deliveries',
  delivery: 'deliveries',
  dkim: 'signatures',
  queue: 'how long mail waits, and what it may fill',
  history: 'what is known of mail that is gone',
  log: 'the log',
  status: 'health, metrics and the status page',
};

export function sectionTitle(name: string): string {
  const title = titles[name];
  return [...(name === '' ? [] : [`[${name}]`]), ...(title === undefined ? [] : [title])].join(' ');
}

const head = `# Settings

Written by \`npm run docs:reference\` from \`src/config\`: change that, not this page.

Every setting has a default; \`relay.toml\` names only what differs.
[config/relay.example.toml](../config/relay.example.toml) is a file with all of them, and
[operating.md](operating.md#configure) says where commands look for yours. \`dane-relay check-config\` tells what is wrong
with a file, and what differs from the defaults.

- A key \`redis.url\` is \`url\` below \`[redis]\` in the file, \`DANE_RELAY_REDIS_URL\` in the environment, and
  \`--set redis.url=…\` on the command line. The command line wins over the environment, and the environment over the
  file. In both, commas separate the items of a list.
- A variable with \`_FILE\` behind its name, \`DANE_RELAY_REDIS_URL_FILE\`, names a file with the value.
- Durations have a unit (\`ms\`, \`s\`, \`m\`, \`h\`, \`d\`), and so do sizes (\`B\`, \`KB\`, \`MB\`, \`GB\` of 1000, \`KiB\`, \`MiB\`,
  \`GiB\` of 1024).
- Where a parameter of Postfix is named, the setting does what that does.
- A setting without "since" is there since version 0.1.`;

const listeners = `## [[listener]] tables

Listeners with TLS, logins and rules of their own: a table for each, at the end of the file
([operating.md](operating.md#listeners)). In \`DANE_RELAY_LISTENER\` and in \`--set\` they are one value of TOML, which takes
the place of all tables of the file.`;

function entry(
  name: string,
  { doc, default: value, kind, postfix, since }: Setting,
  variable?: string,
): string {
  return [
    `### \`${name}\``,
    '',
    wrapped(markdownText(doc)),
    '',
    item('default', `\`${toToml(value)}\``),
    item('value', markdownText(kind.wanted)),
    ...(variable === undefined ? [] : [item('environment', `\`${variable}\``)]),
    ...(postfix === undefined ? [] : [item('Postfix', `\`${postfix}\``)]),
    ...(since === undefined ? [] : [item('since', since)]),
  ].join('\n');
}
