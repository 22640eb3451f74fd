import { filterOptions, filterTexts } from '../options/filter.ts';
import { settings, type CommandRow, type GroupRow } from './command-row.ts';

/** What the commands have in common that act on messages. */
const acting = {
  operands: {
    usage: '[ID...]',
    one: 'the id of a message',
    text: 'The id of a message, or "-" for those on standard input, one a line.',
  },
  options: [...settings, ...filterOptions, 'yes', 'json'],
  optionTexts: filterTexts,
} as const;

const meant = `Messages are named by their ids, or meant by options. If options mean more than ten, the command asks, or wants \
--yes where nobody can be asked. It is always done to whole messages, for all recipients that wait.`;
const each = 'The exit status is 75 if it could not be done to every message, and 64 if --yes is missing.';

export const queueCommands = {
  'queue list': {
    summary: 'show the messages that wait for delivery',
    text: [
      `Each line shows one delivery: a message for one destination. "*" marks a delivery that is being tried now, "!" one that \
is held because the message may have arrived (queue.ambiguous), or because it was placed on hold, "#" one that is returned to \
its sender instead of its next attempt. Options say which deliveries are meant; without any, all are.`,
    ],
    options: [...settings, ...filterOptions, 'json', 'postfix'],
    optionTexts: filterTexts,
    example: 'dane-relay queue list --older 2h --destination example.org',
  },
  'queue show': {
    summary: 'show a message: envelope, header, and how far it is',
    text: [
      'Its destinations are shown with their recipients, attempts and reasons, and behind them the header of the message.',
      'The exit status is 75 if an ID stands for nothing.',
    ],
    operands: { usage: '<ID...>', one: 'the id of a message', text: 'The id of a message.' },
    options: [...settings, 'body', 'json'],
    example: 'dane-relay queue show 4gKxWz5bQqz1Xh',
  },
  'queue why': {
    summary: 'show why mail waits, by destination, worst first',
    text: [
      `Each destination has the number of its deliveries, the age of the oldest, when the next attempt comes, and the reasons, \
the most frequent first. Options say which deliveries are meant; without any, all are.`,
    ],
    options: [...settings, ...filterOptions, 'json'],
    optionTexts: filterTexts,
    example: 'dane-relay queue why --older 1h',
  },
  'queue count': {
    summary: 'count what waits',
    text: ['Deliveries are counted by their state. Options say which are meant; without any, all are.'],
    options: [...settings, ...filterOptions, 'json'],
    optionTexts: filterTexts,
    example: 'dane-relay queue count --recipient example.org',
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
  'queue hold': {
    summary: 'keep messages from being delivered',
    text: [
      meant,
      `They stay in the queue until "queue release". Their age is no matter meanwhile; after that it is again. A delivery under \
way is cut short, unless it has come to the end of the message.`,
      each,
    ],
    ...acting,
    example: 'dane-relay queue hold --sender bulk@example.org --yes',
  },
  'queue release': {
    summary: 'send messages that are held',
    text: [
      meant,
      `A message is held because somebody placed it on hold, or because it may have arrived, but the mail server did not say so \
(queue.ambiguous). It is due now. In the latter case its recipients may get it twice.`,
      'The exit status is 75 if an ID stands for nothing or was not held, or if the message cannot be released because it is being delivered.',
    ],
    ...acting,
    operands: { ...acting.operands, text: `${acting.operands.text} "all" is all that are held.` },
    example: 'dane-relay queue release 4gKxWz5bQqz1Xh',
  },
  'queue retry': {
    summary: 'try to deliver messages now',
    text: [meant, 'Their destinations are asked even if they are suspended. What is held stays held.', each],
    ...acting,
    example: 'dane-relay queue retry --destination example.org',
  },
  'queue requeue': {
    summary: 'begin anew with messages: find out where they go, and try now',
    text: [
      meant,
      `What was placed on hold is released. Where each recipient goes is looked up in the tables of now, and the next attempt \
follows at once. The age of the message stays what it is.`,
      each,
    ],
    ...acting,
    example: 'dane-relay queue requeue --destination [old.example.net]',
  },
  'queue expire': {
    summary: 'return messages to their senders',
    text: [
      meant,
      `Instead of the next attempt the message is returned, with the reason of the last one. No host is asked any more. What is \
held is returned once it is released, or at once with --release.`,
      each,
    ],
    ...acting,
    options: [...acting.options, 'release'],
    example: 'dane-relay queue expire --older 3d --reason "no MX"',
  },
  'queue delete': {
    summary: 'delete messages',
    text: [
      meant,
      'The messages are deleted for all recipients that still wait for them. The sender is not told.',
      each,
    ],
    ...acting,
    example: 'dane-relay queue delete 4gKxWz5bQqz1Xh',
  },
  'queue drain': {
    summary: 'move messages to the queue of another relay',
    text: [
      `All messages are moved, or those that are named by their ids or meant by options, to the queue in another Redis. Relays may work on both meanwhile. A message keeps its id, its age, its attempts and its holds. It is in one of the queues and in one only, whatever is killed; a drain that was interrupted is repeated, and goes on.`,
      `What is being delivered is waited for, and stays if that takes longer than --wait. New mail goes on coming in, unless --stop-intake says otherwise.`,
      `The other Redis must keep what it is given (appendfsync always). The private Redis of a relay on another machine is reached through a tunnel: ssh -nNT -L /run/other.sock:/var/lib/dane-relay/redis/redis.sock root@other.`,
      'The exit status is 75 if something that was meant stays here, and 78 if the other queue cannot take it.',
    ],
    operands: acting.operands,
    options: [
      ...settings,
      'to',
      'to-file',
      'to-prefix',
      ...filterOptions,
      'limit',
      'wait',
      'replicas',
      'exceptions',
      'stop-intake',
      'open-intake',
      'take-back',
      'dry-run',
      'json',
    ],
    optionTexts: filterTexts,
    example: 'dane-relay queue drain --to rediss://mail2.example.org:6380 --stop-intake',
  },
  'queue export': {
    summary: 'write messages, with their content, to move or to keep them',
    text: [
      `An export carries the queue to another Redis or host, or keeps a copy of it. It is written to standard output, or to what \
--to names, which is there when it is whole, is readable for nobody else, and is never written over. The queue stays as it is, \
unless --remove says otherwise: do not start a relay on it after the export was imported or sent elsewhere, or the mail goes out \
twice. While a relay works on the queue, it is not exported.`,
      `With --as eml or mbox the messages go to another mail system (docs/leaving.md): all, or those that are named by their ids \
or meant by options. While a relay works on the queue, those are exported that are on hold ("queue hold"), because nobody \
delivers them; the others only with --live.`,
      `The exit status is 75 if something was left out, and 73 if a file is in the way.`,
    ],
    operands: acting.operands,
    options: [...settings, 'as', 'to', ...filterOptions, 'live', 'remove'],
    optionTexts: {
      ...filterTexts,
      to: 'The file, or with --as eml the directory, that is made. Without it the export goes to standard output.',
    },
    example: 'dane-relay queue export --as eml --to /root/waiting-mail',
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
