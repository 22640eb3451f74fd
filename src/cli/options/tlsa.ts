import type { OptionRow } from './row.ts';

/** In which form TLSA records are printed. */
export const tlsaFormats = ['bind', 'generic', 'nsupdate', 'pdnsutil', 'powerdns'] as const;
export type TlsaFormat = (typeof tlsaFormats)[number];

/** Options of the commands of TLSA records. */
export const tlsaOptions = {
  record: {
    value: '"3 1 1"',
    repeats: true,
    text: `Usage, selector and matching type, as numbers or as in RFC 7218 ("DANE-EE SPKI SHA2-256"). It may be given several \
times. The default is 3 1 1.`,
  },
  all: {
    text: 'All records that may be of use: of the host and of its authority, by SHA2-256 and SHA2-512.',
  },
  format: {
    value: 'FORMAT',
    choices: tlsaFormats,
    text: `"bind" is for zone files (the default), "generic" for those that do not know the type, "nsupdate" and "pdnsutil" are \
for these programs, "powerdns" is for the API of PowerDNS.`,
  },
  verify: { text: 'Compares what is published with what is shown.' },
  rollover: { text: 'Prints the steps of a change from the first operand to the second, with their times.' },
  name: {
    value: 'HOST',
    text: 'The name of the mail host, where it is not the operand or in the certificate.',
  },
  ttl: { value: 'SECONDS', text: 'The TTL that is printed with the records.' },
  zone: {
    value: 'ZONE',
    text: 'For PowerDNS: the zone of the mail host. Without it, the name of the host without its first label.',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
