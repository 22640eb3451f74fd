import { settings, type CommandRow } from './command-row.ts';

export const traceCommands = {
  trace: {
    summary: 'watch the SMTP sessions of a running relay',
    text: [
      `Shows what a running relay and mail servers say to each other, as it happens. Each line has the time, the number of its \
session, and a sign: " -> " is what the relay says and "<-  " what it hears, " ~> " and "<~  " the same over TLS, "<** " and \
"<~* " a refusal, "=== " a note and "*** " trouble.`,
      `Content and passwords are never shown: "(content, 4711 octets)" and "(login)" stand for them. A reader that is too slow \
loses lines and is told how many. No delivery waits for a reader.`,
      `Filters of different kinds must all fit; of several of one kind any will do. Only sessions of the relay with this data_dir \
on this machine are shown.`,
      'The exit status is 75 if no relay runs here, or when it stops.',
    ],
    options: [...settings, 'domain', 'host', 'address', 'recipient', 'count', 'json'],
    optionTexts: { recipient: 'Only sessions with mail for this address, or for a domain ("example.org").' },
    example: 'dane-relay trace --domain example.org --count 1',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
