import { commandNames, commands, headingOf, type CommandName } from '../../../src/cli/commands.ts';
import { exitStatuses } from '../../../src/cli/exit-statuses.ts';
import { optionNames } from '../../../src/cli/options/options.ts';
import { listenerKeys, listenerSettings } from '../../../src/config/listener-settings.ts';
import { environmentName, settingKeys, settingOf } from '../../../src/config/settings.ts';
import { toToml, type Setting } from '../../../src/config/setting.ts';
import { flagsOf, optionText, ownOptions, sentence, synopsis } from './cli-page.ts';
import { inGroups } from './in-groups.ts';
import * as roff from './roff.ts';
import { sectionOf, sectionTitle } from './settings-page.ts';

/** The manual pages, by the names of their files in docs/man. */
export const manualPages: Readonly<Record<string, () => string>> = {
  'dane-relay.8': programPage,
  'relay.toml.5': settingsPage,
  'dane-relay-sendmail.1': sendmailPage,
};

const pageOf = {
  program: ['dane-relay', '8'],
  settings: ['relay.toml', '5'],
  sendmail: ['dane-relay-sendmail', '1'],
} as const;

const settingsFiles = [
  roff.tagged('/etc/dane-relay/relay.toml', ['The settings, if there is no file of the user.']),
  roff.tagged('~/.config/dane-relay/relay.toml', ['The settings of a user other than root.']),
];

function programPage(): string {
  const families = inGroups(commandNames, headingOf);
  return roff.page([
    roff.title('dane-relay', '8', 'dane-relay'),
    roff.heading('name'),
    roff.flow('dane-relay - outbound mail relay that does DANE'),
    roff.heading('synopsis'),
    ['.B dane\\-relay', '.I COMMAND', '.RI [ OPTION ...]', '.RI [ OPERAND ...]'],
    roff.heading('description'),
    roff.flow(
      `dane-relay accepts mail over SMTP, with sendmail or over HTTP, and delivers it to the mail servers of its recipients. \
It finds them through a resolver that validates DNSSEC, and checks their TLS against their TLSA records (DANE). Where it \
cannot be sure, mail waits; it is never sent with less than the domain has published.`,
    ),
    roff.paragraph(
      `Options may stand anywhere behind the first word of the command. Those that a command takes are named with it, and \
explained below, in OPTIONS. Every command takes --help and --version.`,
    ),
    roff.heading('commands'),
    ...[...families].flatMap(([heading, names]) => [
      roff.subheading(heading.replace(/:$/, '')),
      ...names.map(commandEntry),
    ]),
    roff.heading('options'),
    ...optionNames
      .toSorted((a, b) => a.localeCompare(b, 'en'))
      .map((name) => roff.tagged(flagsOf(name), [optionText(name)])),
    roff.heading('exit status'),
    ...exitStatuses.map(({ code, meaning }) => roff.tagged(String(code), [meaning])),
    roff.heading('signals'),
    roff.flow('Of a relay that runs:'),
    roff.tagged('SIGTERM, SIGINT', [
      'Finish what is under way, and stop. A second signal stops it at once; no mail is lost by that.',
    ]),
    roff.tagged('SIGHUP', [
      'Open the log file anew, and read again the files that settings name. New settings need a restart.',
    ]),
    roff.heading('environment'),
    roff.tagged('DANE_RELAY_CONFIG', ['The settings file; empty: none.']),
    roff.tagged('DANE_RELAY_KEY', [
      'A setting: redis.url is DANE_RELAY_REDIS_URL. It wins over the file. With _FILE behind it, the variable names a file with the value.',
    ]),
    roff.heading('files'),
    ...settingsFiles,
    roff.tagged('/var/lib/dane-relay', ['data_dir, where the queue is, if the private Redis is used.']),
    roff.tagged('/var/spool/dane-relay', ['spool_dir, where mail of local programs waits for the relay.']),
    roff.heading('examples'),
    roff.flow(
      'Whether mail can go from this machine, what waits and why, and what becomes of mail for a domain:',
    ),
    roff.example('dane-relay doctor\ndane-relay queue why\ndane-relay check example.org'),
    roff.seeAlso([pageOf.settings, pageOf.sendmail, ['unbound', '8'], ['redis-server', '1']]),
  ]);
}

function commandEntry(name: CommandName): roff.Roff {
  const { text, operands, optionTexts, summary, example, since } = commands[name];
  const own = ownOptions(name).map((option) => flagsOf(option).replace(/^-\w, /, ''));
  const differing = Object.entries(optionTexts ?? {}).filter(([option]) =>
    ownOptions(name).some((one) => one === option),
  );
  return roff.tagged(
    synopsis(name).replace('dane-relay ', ''),
    text.length === 0 ? [sentence(summary)] : text,
    [
      ...(operands === undefined ? [] : [`${operands.usage}: ${operands.text}`]),
      ...(own.length === 0 ? [] : [`Options: ${own.join(', ')}.`]),
      ...differing.map(([option, said]) => `--${option}: ${said}`),
      ...(since === undefined ? [] : [`Since version ${since}.`]),
      `Example: ${example}`,
    ],
  );
}

function settingsPage(): string {
  const sections = inGroups(settingKeys, sectionOf);
  return roff.page([
    roff.title('relay.toml', '5', 'dane-relay'),
    roff.heading('name'),
    roff.flow('relay.toml - settings of dane-relay'),
    roff.heading('description'),
    roff.flow(
      `A file in TOML. Every setting has a default, and the file names only what differs. A key with a dot is in a section: \
redis.url is "url" below "[redis]". A setting can also come from the environment (redis.url is DANE_RELAY_REDIS_URL) or from \
the command line (--set redis.url=...), where commas separate the items of a list. The command line wins over the environment, \
and the environment over the file.`,
    ),
    roff.paragraph(
      `Durations have a unit (ms, s, m, h, d), and so do sizes (B, KB, MB, GB of 1000, KiB, MiB, GiB of 1024). "dane-relay \
check-config" tells what is wrong with a file, and what differs from the defaults. New settings need a restart of the relay.`,
    ),
    ...[...sections].flatMap(([section, keys]) => [
      roff.heading(section === '' ? 'settings at the top' : sectionTitle(section)),
      ...keys.map((key) => settingEntry(key, settingOf(key), environmentName(key))),
    ]),
    roff.heading('[[listener]] tables'),
    roff.flow(
      `Listeners with TLS, logins and rules of their own: a table for each, with these keys. In the environment and on the \
command line they are one value of TOML, which takes the place of all tables of the file.`,
    ),
    ...listenerKeys.map((key) => settingEntry(key, listenerSettings[key])),
    roff.heading('files'),
    ...settingsFiles,
    roff.heading('examples'),
    roff.flow('A relay that serves one more machine, and keeps mail for three days:'),
    roff.example(
      'listen = ["127.0.0.1:2525", "192.0.2.10:2525"]\nnetworks = ["127.0.0.0/8", "192.0.2.20/32"]\n\n[queue]\nlifetime = "3d"',
    ),
    roff.seeAlso([pageOf.program]),
  ]);
}

function settingEntry(name: string, setting: Setting, variable?: string): roff.Roff {
  const { doc, default: value, kind, postfix, since } = setting;
  return roff.tagged(name, doc.split('\n'), [
    `Default: ${toToml(value)}`,
    `Value: ${kind.wanted}`,
    ...(variable === undefined ? [] : [`Environment: ${variable}`]),
    ...(postfix === undefined ? [] : [`Postfix: ${postfix}`]),
    ...(since === undefined ? [] : [`Since version ${since}`]),
  ]);
}

function sendmailPage(): string {
  const names = ['sendmail', 'mailq', 'newaliases'] as const;
  return roff.page([
    roff.title('dane-relay-sendmail', '1', 'dane-relay'),
    roff.heading('name'),
    roff.flow('dane-relay-sendmail - hand mail to dane-relay as sendmail, mailq and newaliases do'),
    roff.heading('synopsis'),
    ...names.map((name, index) => [
      ...(index === 0 ? [] : ['.br']),
      `.B dane\\-relay ${name}`,
      '.RI [ ARGUMENT ...]',
    ]),
    roff.heading('description'),
    roff.flow(
      `Where dane-relay is the sendmail of a machine, /usr/sbin/sendmail, mailq and newaliases are these commands, without the \
first word.`,
    ),
    ...names.map((name) => roff.tagged(name, commands[name].text)),
    roff.heading('exit status'),
    ...sendmailStatuses().map(([code, meaning]) => roff.tagged(String(code), [sentence(meaning)])),
    roff.heading('examples'),
    roff.flow('A message with its recipients in the header, and what waits:'),
    roff.example(`dane-relay sendmail -t -i < message\ndane-relay mailq`),
    roff.seeAlso([pageOf.program, pageOf.settings]),
  ]);
}

/** Those that are of sendmail alone, and the one that all commands share. */
function sendmailStatuses(): readonly (readonly [code: number, meaning: string])[] {
  return exitStatuses.flatMap(({ code, meaning }) => {
    if (code === 75) return [[code, 'the message cannot be kept now'] as const];
    const [, own] = /sendmail: ([^.;]+)/.exec(meaning) ?? [];
    return own === undefined ? [] : [[code, own] as const];
  });
}
