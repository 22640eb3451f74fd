import { settings, type CommandRow } from './command-row.ts';

export const explainCommands = {
  explain: {
    summary: 'say what happened to mail, and what will happen next',
    text: [
      `For a message: each attempt and each host, what the DNS said, the policy and what it comes from, which certificate was \
shown and which was published, when it is tried again and when it is given up. For an address: what is known of mail to it and \
in its name, the newest first. For a domain: where its mail goes now, how it is protected, how much waits and why.`,
      `A relay that runs on this machine is asked. If none does, the queue and the settings are. What became of a message is \
known for history.keep after it left, as far as history.size_limit has room.`,
      'The exit status is 75 if nothing is known, or if there is nothing to write a letter about.',
    ],
    operands: {
      usage: '<NAME...>',
      one: 'what is to be explained',
      text: 'The id of a message, an address, a domain, or a destination of the queue.',
    },
    options: [...settings, 'letter', 'json'],
    example: 'dane-relay explain 4gKxWz5bQqz1Xh',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
