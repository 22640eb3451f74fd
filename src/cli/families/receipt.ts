import { settings, type CommandRow, type GroupRow } from './command-row.ts';

export const receiptCommands = {
  'receipt show': {
    summary: 'print the receipts of a message',
    text: [
      `A receipt is a line of text: a JWS in its compact form, signed by the relay when the outcome was stored. "dane-relay receipt \
verify" reads it, and so does every library for JWS that knows Ed25519 (RFC 9864).`,
      'The exit status is 75 if there is no receipt of the message, or none for the recipient.',
    ],
    operands: { usage: '<ID>', one: 'a queue ID', text: 'The queue ID, as the log shows it.' },
    options: [...settings, 'recipient', 'json'],
    optionTexts: { recipient: 'Only receipts of this recipient.' },
    example: 'dane-relay receipt show 4jX6Z215f0zwqHvm --recipient user@example.org',
  },
  'receipt verify': {
    summary: 'prove what receipts say',
    text: [
      `It needs neither network nor relay. It checks the signature, and then judges once more: from the answers of the DNS in the receipt \
to the TLSA records and names that count, and from these and the certificates to the verdict, as of the time of the session.`,
      `The exit status is 65 if a receipt is not signed by the key, or if what it says of DANE does not follow from what it has. A receipt \
that claims nothing of DANE is well: its line says so.`,
    ],
    operands: {
      usage: '<FILE>',
      one: 'a file',
      text: 'A file with a receipt in each line; "-" for standard input.',
    },
    options: ['key', 'json'],
    example: 'dane-relay receipt verify receipts.txt --key relay.pub',
  },
  'receipt key': {
    summary: 'make the key that signs receipts, and print its public part',
    text: [
      `The key is put where the relay looks for it (receipts.key_file). One that is there stays as it is: its public part is printed. A \
relay that runs takes a new key when it is started again.`,
      'The exit status is 75 if the file cannot be read or written.',
    ],
    options: settings,
    example: 'dane-relay receipt key > relay.pub',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const receiptGroup = {
  receipt: {
    text: 'These commands show and verify receipts: signed records of what became of a message.',
    example: 'dane-relay help receipt verify',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
