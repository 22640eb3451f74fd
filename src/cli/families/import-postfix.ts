import type { CommandRow } from './command-row.ts';

export const importPostfixCommands = {
  'import-postfix': {
    summary: 'make settings of the main.cf of a Postfix, and say what has no equivalent',
    text: [
      `Reads main.cf and the master.cf beside it, as Postfix reads them, and prints settings for the relay. Above each stands the \
line that it comes from. What was not taken over stands at the end, with the reason, and first of all what makes Postfix \
protect more. docs/postfix-parameters.md has every parameter; docs/moving.md says how to go on.`,
      `With --output, the settings go into FILE, and tables (tls_policy, transport, sasl_passwd and others) beside it: copies \
of the entries that the relay can use. Passwords are written into a file that its owner alone can read, and never shown. \
Nothing is overwritten without --force, and a file with users never. Tables that have no text file are read by "postmap -s" \
if it is there. Postfix itself is not touched, and need not run.`,
      `The exit status is 65 if Postfix itself would not read the files (with file and line), 66 if there are none, and 73 if \
FILE, or a file beside it, is there or cannot be written.`,
    ],
    operands: {
      usage: '[DIR|FILE]',
      one: 'a directory or a file',
      text: 'The directory of main.cf, or main.cf itself. Without it /etc/postfix.',
    },
    options: ['output', 'force', 'json'],
    optionTexts: {
      output:
        'Writes the settings into FILE, and the tables that they name beside it. Without it they are printed.',
      json: 'Prints what became of each parameter as JSON (docs/json.md), and no settings.',
    },
    example: 'dane-relay import-postfix /etc/postfix --output relay.toml',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
