import type { CommandRow } from './command-row.ts';

const operands = {
  usage: '[ARGUMENT...]',
  one: 'an option',
  text: 'What the command of Postfix takes. -c FILE names the settings.',
} as const;

export const postfixCommands = {
  postqueue: {
    summary: 'list and flush the queue as postqueue(1) does',
    text: [
      `-p lists the queue, -j lists it as JSON, -f makes all deferred mail due, -i ID one message, -s SITE what waits for a \
destination. Output and exit status are those of Postfix.`,
    ],
    operands,
    options: [],
    example: 'dane-relay postqueue -p',
  },
  postsuper: {
    summary: 'steer the queue as postsuper(1) does',
    text: [
      `-h places messages on hold, -H releases them, -r requeues, -d deletes, -e expires them, -f expires and releases them. Each \
takes an id, "-" for ids on standard input, or ALL; names of queues behind that (hold, incoming, active, deferred) say where the \
messages are. What was done is told on standard error, in the words of Postfix.`,
    ],
    operands,
    options: [],
    example: 'dane-relay postsuper -h ALL deferred',
  },
  qshape: {
    summary: 'show domains by the number and age of their messages, as qshape(1) does',
    text: [
      `The queues that are named (incoming, active, deferred, hold, maildrop), or incoming and active. -s counts by sender, \
-p adds parent domains that have -m NUMBER of subdomains, -b NUMBER and -t MINUTES make the columns, -l of equal width, -w \
WIDTH is that of a line, -n NUMBER limits the rows on a terminal.`,
    ],
    operands,
    options: [],
    example: 'dane-relay qshape deferred',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
