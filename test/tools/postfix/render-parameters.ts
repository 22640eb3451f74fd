import { listenerSettings } from '../../../src/config/listener-settings.ts';
import { settings } from '../../../src/config/settings.ts';
import { sections } from '../../../src/core/postfix-rows/parameters.ts';
import type { Here, ParameterRow } from '../../../src/core/postfix-rows/row.ts';

const introduction = `# The parameters of Postfix

What becomes of each parameter of Postfix 3.10 when \`dane-relay import-postfix\` reads it: every \`smtp_\`, \`smtp_tls_\`,
\`smtp_sasl_\`, \`smtpd_\`, \`smtpd_tls_\` and \`smtpd_sasl_\` parameter, and others that mean something for a relay.
[moving.md](moving.md) says how to move. This page is written by \`npm run docs:postfix\` from the table that the command
uses.

## How it is read

- **main.cf** as Postfix reads it: lines that go on, comments between them, the last of several assignments,
  \`$name\`, \`\${name}\`, \`$(name)\`, \`\${name?text}\`, \`\${name:text}\`, \`\${name?{text}:{text}}\` and comparisons
  (\`\${{a} == {b} ? {text} : {text}}\`, also with \`<level\`). A circle of parameters is refused, with its names. What
  nobody has set, and has no default here, stays \`$name\`; what depends on it is not taken over.
- **master.cf** beside it: \`-o\` of the service that mail goes out by counts before main.cf. Each \`smtpd\` of type
  inet becomes a listener. Levels of TLS of other \`smtp\` services become entries of the policy map, for where the
  transport table uses them.
- **Tables**: \`hash:\`, \`btree:\`, \`cdb:\`, \`lmdb:\` and \`dbm:\` by the text file beside them, or by \`postmap -s\` if there
  is none; \`texthash:\`, \`inline:\`, \`static:\`; of networks also \`cidr:\` and files. Others (\`regexp:\`, \`pcre:\`,
  \`mysql:\`, \`ldap:\`, \`socketmap:\` …) are told of. What can be used is written into files of the relay's own.
- **What nobody has set** keeps the default of the relay. Where the defaults differ, the tables show both. The most
  important one: without any level Postfix sends in clear, and the relay with \`tls.level = "dane"\`.
- **What Postfix would find wrong** in an entry of a policy map makes its mail wait there, and so it does here: the
  entry becomes a level that nobody can meet. A level that there is not ends the command (65).

## How to read the tables

*listener* stands for a \`[[listener]]\` table. What is not taken over is told of in three groups: **protects more**
(mail, passwords or clients are protected less than before: read these first), **has an effect** (some mail takes
another way, or is treated differently), and the rest, which mail does not show. A value that is the default loses
nothing.
`;

/** docs/postfix-parameters.md */
export function parametersPage(): string {
  const parts = sections.map(({ title, rows }) => `## ${title}\n\n${tableOf(rows)}`);
  return `${introduction}\n${parts.join('\n')}`;
}

function tableOf(rows: readonly ParameterRow[]): string {
  const head = '| parameter | default | here | default here | remarks |\n| --- | --- | --- | --- | --- |\n';
  return head + rows.map(lineOf).join('');
}

function lineOf({ name, default: standard, since, obsolete, here }: ParameterRow): string {
  const keys = keysOf(here);
  const remarks = [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(obsolete === true ? ['obsolete'] : []),
    ...remarkOf(here),
  ];
  const cells = [
    `\`${name}\``,
    standard === undefined ? '' : codeOf(standard),
    keys.length === 0 ? '—' : keys.map((key) => `\`${key}\``).join(', '),
    [...new Set(keys.map(defaultOf).filter((text) => text !== ''))].map(codeOf).join(', '),
    remarks.join('; '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function keysOf(here: Here): readonly string[] {
  if (here.kind === 'setting') return [here.key];
  return here.kind === 'part' ? here.keys : [];
}

function remarkOf(here: Here): readonly string[] {
  if (here.kind !== 'none') return here.note === undefined ? [] : [here.note];
  return [
    here.loss === 'protection'
      ? `**protects more:** ${here.why}`
      : here.loss === 'effect'
        ? `*has an effect:* ${here.why}`
        : here.why,
  ];
}

/** As it is written in the settings file; empty for an empty one. */
function defaultOf(key: string): string {
  const own = key.startsWith('listener.')
    ? listenerSettings[key.slice('listener.'.length) as keyof typeof listenerSettings]
    : settings[key as keyof typeof settings];
  const value: unknown = own.default;
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function codeOf(text: string): string {
  if (text === '') return 'empty';
  return `\`${text}\``;
}
