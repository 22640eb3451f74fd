import type { CommandRow } from './command-row.ts';

export const initCommands = {
  init: {
    summary: 'ask what a relay needs to know, and write its settings file',
    text: [
      `For a person at a terminal: each question says what it means and has a default, and an answer that makes no sense is asked for \
again. On the way the name and the address are looked up in the DNS. At the end it shows the DNS records to publish and the \
commands that come next, and runs "dane-relay doctor" with the new file.`,
      `The settings file is all that is written. It goes where the relay looks for it. A file that is there is not touched: the new \
one then ends in ".new".`,
      `The exit status is 0 if the file was written, whatever doctor says of the machine; 64 if nobody can be asked and --yes is \
missing; 73 if the file cannot be written; 75 if it was given up.`,
    ],
    options: ['output', 'yes'],
    optionTexts: {
      yes: 'Takes the default of every question, and asks nothing.',
    },
    example: 'dane-relay init',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
