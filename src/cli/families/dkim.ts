import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const dkimCommands = {
  'dkim create': {
    summary: 'make keys that sign the mail of a domain',
    text: [
      `The keys are put into dkim.directory, and the records that belong into the DNS of the domain are printed. The relay signs \
with them at once. Keys that are there stay and sign, too: delete their files once "dane-relay dkim check" has found the new \
records.`,
      'No key is ever written over. The exit status is 75 if the files cannot be written.',
    ],
    operands: {
      usage: '<DOMAIN...>',
      one: 'the name of a domain',
      text: 'The domain in the From field of its mail.',
    },
    options: [...settings, 'selector', 'algorithm', 'json'],
    example: 'dane-relay dkim create example.org',
  },
  'dkim show': {
    summary: 'show keys and their DNS records',
    text: [
      'Without a DOMAIN the keys of all domains are shown.',
      'The exit status is 65 if a key cannot be read, or if a domain has none.',
    ],
    operands: { usage: '[DOMAIN...]', one: 'the name of a domain', text: 'A domain that signs.' },
    options: [...settings, 'json'],
    example: 'dane-relay dkim show example.org',
  },
  'dkim check': {
    summary: 'compare the DNS records of keys with the keys',
    text: [
      `The records are looked up as the relay looks up mail hosts: at the resolvers of dns.servers, or at a private Unbound that \
is started for it.`,
      `The exit status is 65 if a record is missing or is not the one of the key, if a key cannot be read, or if a domain has none; \
and 75 if a record could not be looked up.`,
    ],
    operands: { usage: '[DOMAIN...]', one: 'the name of a domain', text: 'A domain that signs.' },
    options: [...settings, 'json'],
    example: 'dane-relay dkim check --json',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const dkimGroup = {
  dkim: {
    text: 'These commands make and check the keys with which mail is signed (DKIM).',
    example: 'dane-relay help dkim create',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
