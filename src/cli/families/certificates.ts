import { settings, type CommandRow, type GroupRow } from './command-row.ts';

const names = {
  usage: '[NAME...]',
  one: 'the name of a host',
  text: 'A host name or an IP address under which clients reach the relay.',
} as const;

export const certificatesCommands = {
  'certificate create': {
    summary: 'make a private authority, and a certificate of it for the listeners',
    text: [
      `The certificate shows all names and addresses that clients may dial: the name of the relay, localhost, the addresses \
of its listeners, and those that are named here. Clients that verify certificates have to be told of the authority \
once ("dane-relay certificate trust").`,
      `Call it again without names to renew the certificate, which is good for 825 days: its names, key and authority \
stay, and so does the TLSA record. No key is ever overwritten; to have another one made, move the old one away.`,
      'The exit status is 73 if files that are there stand in the way.',
    ],
    operands: names,
    options: [...settings, 'directory'],
    example: 'dane-relay certificate create mail.example.org 192.0.2.25',
  },
  'certificate request': {
    summary: 'make a request for a certificate of another authority',
    text: [
      `The request shows the name of the relay, and what is named here. Put the certificate that you get for it into \
relay.crt, with those between it and its authority. The key is made if there is none.`,
    ],
    operands: names,
    options: [...settings, 'directory'],
    example: 'dane-relay certificate request smtp.example.org',
  },
  'certificate show': {
    summary: 'show names, dates, fingerprints and TLSA records of certificates',
    text: [
      `Without a FILE, the certificates in the directory and those of the listeners are shown. The TLSA records (3 1 1) are for the zone of the relay, \
one for each port that it listens on; they stay true as long as the key stays.`,
    ],
    operands: { usage: '[FILE...]', one: 'a PEM file', text: 'A PEM file with a certificate.' },
    options: [...settings, 'directory'],
    example: 'dane-relay certificate show',
  },
  'certificate trust': {
    summary: 'tell how clients come to trust the private authority',
    text: [
      'Nothing is changed: the commands that it prints are for you to call, on each machine with clients.',
    ],
    options: [...settings, 'directory'],
    example: 'dane-relay certificate trust',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export const certificatesGroup = {
  certificate: {
    text: `These commands make the certificates that listeners show to clients, and say what is in them. They ask neither \
the relay nor the network.`,
    example: 'dane-relay help certificate create',
  },
} as const satisfies Readonly<Record<string, GroupRow>>;
