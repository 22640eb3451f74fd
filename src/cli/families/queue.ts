import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const queueCommands = {
  'queue list': {
    summary: 'show the messages that wait for delivery',
    text: [
      `Each line shows one delivery: a message for one destination. "*" marks a delivery that is being tried now, "!" one that \
is held because the message may have arrived (queue.ambiguous).`,
    ],
    options: [...settings, 'json'],
    example: 'dane-relay queue list --json',
  },
  'queue flush': {
    summary: 'try to deliver now',
    text: [
      'All messages become due now, or those that are named. Messages that are held are not among them: "queue release" sends these.',
      'The exit status is 75 if a NAME stands for nothing in the queue.',
    ],
    operands: {
      usage: '[NAME...]',
      one: 'the name of a destination',
      text: 'The destination, the id of the message, or an address or a domain of recipients.',
    },
    options: settings,
    example: 'dane-relay queue flush example.org',
  },
  'queue release': {
    summary: 'send messages that are held',
    text: [
      `A message is held if it may have arrived, but the mail server did not say so (queue.ambiguous). It is sent again, and \
its recipients may get it twice.`,
      `The exit status is 75 if an ID stands for nothing, or if the message cannot be released because it is being delivered.`,
    ],
    operands: {
      usage: '<ID...>',
      one: 'the id of a message',
      text: 'The id of a message, or "all" for all that are held.',
    },
    options: settings,
    example: 'dane-relay queue release 4gKxWz5bQqz1Xh',
  },
  'queue delete': {
    summary: 'delete messages',
    text: [
      'The messages are deleted for all recipients that still wait for them. The sender is not told.',
      'The exit status is 75 if an ID stands for nothing.',
    ],
    operands: { usage: '<ID...>', one: 'the id of a message', text: 'The id of a message.' },
    options: settings,
    example: 'dane-relay queue delete 4gKxWz5bQqz1Xh',
  },
  'queue export': {
    summary: 'write all messages, with their content, to standard output',
    text: [
      `An export carries the queue to another Redis or host, or keeps a copy of it. The queue stays as it is, so do not start a \
relay on it after the export was imported elsewhere: the mail would go out twice. While a relay works on the queue, it is \
not exported.`,
      'The exit status is 75 if a message could not be read and was left out.',
    ],
    options: [...settings, 'live'],
    example: 'dane-relay queue export > queue.dump',
  },
  'queue import': {
    summary: 'read exported messages from standard input',
    text: [
      `The messages of an export are added to the queue. A relay may work on the queue meanwhile. An import that was \
interrupted may be repeated: no message is added twice.`,
      'The exit status is 65 if the export is damaged.',
    ],
    options: settings,
    example: 'dane-relay queue import < queue.dump',
  },
  'queue repair': {
    summary: 'make the files of a damaged queue readable again',
    text: [
      `This is for the private Redis of a relay that says its queue is damaged. Stop the relay first. The repair works on a \
copy: what cannot be read in a file is cut off, with what follows it, and a missing list of the files is written anew. It \
says what it did, and where the files are kept as they were.`,
      'The exit status is 65 if that does not help. Then the files must come from a backup.',
    ],
    options: settings,
    example: 'dane-relay queue repair --config relay.toml',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const queueGroup = {
  queue: {
    text: `These commands show and change what waits in the queue. While no relay runs, its private Redis is started for as \
long as a command takes.`,
    example: 'dane-relay help queue flush',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
