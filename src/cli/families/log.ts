import type { CommandRow, GroupRow } from './command-row.ts';

export const logCommands = {
  'log explain': {
    summary: 'say what lines of the log mean, and what to do',
    text: [
      `A line is known again in either format of the log, as the file, the journal or syslog has it, or as its text alone. \
What is said of it is that of docs/log.md, at the place that is named.`,
      'The exit status is 65 if none of the lines is one that this relay writes.',
    ],
    operands: {
      usage: '[LINE...]',
      one: 'a line of the log',
      text: 'The line, best between quotes; its words may also stand alone. Without it lines are read from standard input.',
    },
    options: ['json'],
    example: `dane-relay log explain 'dane-relay/qmgr[812]: 4jX6Z215f0zwqHvm: removed'`,
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const logGroup = {
  log: {
    text: 'These commands are about the lines that the relay writes (docs/log.md).',
    example: 'dane-relay help log explain',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
