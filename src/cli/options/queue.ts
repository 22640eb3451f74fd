import { queuedStates } from '../../core/delivery/queue-filter.ts';
import type { OptionRow } from './row.ts';

/** Options of the commands of the queue. */
export const queueOptions = {
  live: {
    text: `Exports although a relay works on the queue. Such a copy is to be kept, not to be imported or sent: the relay \
delivers what is in it.`,
  },
  as: {
    value: 'FORM',
    choices: ['dump', 'mbox', 'eml'],
    text: `"dump" is what "queue import" reads, and the default. "eml" is a directory with a file for each message, its \
envelope, and a program that hands them to any mail system. "mbox" is one file, with the envelope in header fields.`,
  },
  remove: {
    text: 'Deletes each message here when all of the export is on stable storage. For --as eml.',
  },
  older: { value: 'TIME', text: 'Only what arrived so long ago, such as "2h" or "3d".' },
  younger: { value: 'TIME', text: 'Only what arrived since then.' },
  recipient: {
    value: 'ADDRESS',
    repeats: true,
    text: 'Only what waits for this address, domain ("example.org"), or domains below it (".example.org").',
  },
  destination: { value: 'NAME', text: 'Only what waits for this destination, as "queue list" names it.' },
  reason: {
    value: 'TEXT',
    text: 'Only what waits for a reason that has TEXT in it, in any case of letters.',
  },
  larger: { value: 'SIZE', text: 'Only messages of this size or more, such as "1MiB".' },
  smaller: { value: 'SIZE', text: 'Only messages of this size or less.' },
  state: {
    value: 'STATE',
    choices: queuedStates,
    repeats: true,
    text: `Only what is in this state: "incoming" was never tried, "active" is being delivered, "deferred" is tried again, \
"hold" was placed on hold, "held" may have arrived.`,
  },
  yes: { short: 'y', text: 'Does not ask, and needs not be asked, however many messages are meant.' },
  release: { text: 'Releases the messages, too.' },
  body: { text: 'Shows the body of the message, too.' },
  postfix: { text: 'Prints JSON in the form of "postqueue -j" of Postfix: one message a line.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
