import { listenerKeys, listenerSettings } from './listener-settings.ts';
import { settingKeys, settingOf, type SettingKey } from './settings.ts';
import { toToml, type Setting } from './setting.ts';

const width = 100;

const head = `\
Configuration of dane-relay: every setting, with its default. Copy this file and remove the "#" before what you \
change. A setting that is missing has its default.

Each setting can also come from an environment variable (redis.url is DANE_RELAY_REDIS_URL), from a file that a variable \
names (DANE_RELAY_REDIS_URL_FILE) or from --set redis.url=... on the command line. There, commas separate the items of a list. The command line wins over the \
environment, and the environment over the file.

Durations have a unit (ms, s, m, h, d), and so do sizes (B, KB, MB, GB of 1000, KiB, MiB, GiB of 1024).

Written by "npm run docs:config" from src/config/settings.ts.`;

const listenerHead = `\
Listeners with TLS, logins and rules of their own: a table for each, with these settings. In a variable or an option \
they are one value of TOML, which takes the place of all tables of the file: \
--set 'listener=[{ address = "127.0.0.1:2526", name = "second" }]'.`;

/** The text of config/relay.example.toml: each setting commented out as `#key = default`, its sentence above it. */
export function renderExample(): string {
  const blocks = [comment(head)];
  let section = '';
  for (const key of settingKeys) {
    const [name, leaf] = splitKey(key);
    const header = name === section ? '' : `[${name}]\n\n`;
    section = name;
    blocks.push(
      `${header}${comment(sentences(settingOf(key)))}\n#${leaf} = ${toToml(settingOf(key).default)}`,
    );
  }
  blocks.push(`${comment(listenerHead)}\n#[[listener]]`);
  for (const key of listenerKeys) {
    const setting: Setting = listenerSettings[key];
    blocks.push(`${comment(sentences(setting))}\n#${key} = ${toToml(setting.default)}`);
  }
  return `${blocks.join('\n\n')}\n`;
}

function splitKey(key: SettingKey): readonly [section: string, leaf: string] {
  const dot = key.indexOf('.');
  return [dot === -1 ? '' : key.slice(0, dot), key.slice(dot + 1)];
}

function sentences({ doc, postfix }: Setting): string {
  return postfix === undefined ? doc : `${doc} (Postfix: ${postfix})`;
}

/** Wraps each line of `text` and puts "# " before it. */
function comment(text: string): string {
  return text.split('\n').flatMap(wrap).join('\n');
}

function wrap(line: string): string[] {
  const lines: string[] = [];
  let current = '#';
  for (const word of line.split(' ')) {
    if (current.length + 1 + word.length > width) {
      lines.push(current);
      current = '#';
    }
    current = word === '' ? current : `${current} ${word}`;
  }
  return [...lines, current];
}
