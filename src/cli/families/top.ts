import { settings, type CommandRow } from './command-row.ts';

export const topCommands = {
  'queue top': {
    summary: 'show where mail waits, and what is done about it now',
    text: [
      `One line for each destination, those with the most mail first: how much waits, since when, when it is tried next, what \
the delivery is at that has been at it for the longest, and why the last attempt failed.`,
      `On a terminal it is written anew every two seconds, until "q" or ^C; otherwise it is printed once. While no relay runs, \
it shows the queue alone.`,
      '">" before an age means that there is too much mail to look at all of it.',
    ],
    options: [...settings, 'once', 'json'],
    example: 'dane-relay queue top --once',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
