import { settings, type CommandRow } from './command-row.ts';

export const tlsaCommands = {
  tlsa: {
    summary: 'print TLSA records to publish, verify them, plan a change of keys',
    text: [
      `The records are of a certificate, of a request for one, or of a key, public or private, in a file (PEM or DER), or of what \
a mail host shows: it is asked with EHLO and STARTTLS, on port 465 with TLS at once, and no mail is offered. In a file the \
certificate of the host comes first, then those above it. A record of usage 2 is of the highest of them.`,
      `--verify compares the published records with the file or the host. They are looked up as for a delivery. The exit status \
is 0 if a sender would take the host, 1 if not, or if a record is missing, and 2 if that cannot be judged.`,
      `--rollover OLD NEW plans a change of certificate or key. Each is a file, or a host that shows it. The times come from \
the TTL of the published records. The exit status is 2 where the present records cannot be judged: then nothing is safe.`,
    ],
    operands: {
      usage: '<FILE|HOST...>',
      one: 'a file or a mail host',
      text: 'A file; otherwise a host, HOST:PORT, or the IP address of one (with --name).',
    },
    options: [
      ...settings,
      'record',
      'all',
      'name',
      'port',
      'ttl',
      'format',
      'zone',
      'verify',
      'rollover',
      'json',
    ],
    example: 'dane-relay tlsa --name mx.example.org /etc/ssl/mx.pem',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
