import { securityLevels } from '../../core/levels/levels.ts';
import type { OptionRow } from './row.ts';

/** Options of `check`. */
export const checkOptions = {
  level: {
    value: 'LEVEL',
    choices: securityLevels,
    text: 'A security level, as tls.level has it.',
  },
  nagios: {
    text: 'Prints one line for a monitoring system, and exits with 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 (UNKNOWN).',
  },
  note: {
    text: 'Prints a text for the postmaster of the destination instead: what is wrong with its hosts, or will be.',
  },
  csv: { text: 'Prints a table, its fields separated by commas.' },
  at: {
    value: 'TIME',
    text: 'Judges certificates as of then: "+30d", or a date such as "2027-01-31".',
  },
  days: {
    value: 'DAYS',
    text: `With --nagios: warns if a certificate expires in fewer days; "14,3" is critical below 3. Without it that is so where \
DANE depends on the date, which it does not under usage 3.`,
  },
  repeat: { value: 'NUMBER', text: 'Checks so many times: several machines may answer at one address.' },
  delay: { value: 'TIME', text: 'With --repeat: the pause between two checks, such as "5s".' },
  timeout: {
    value: 'TIME',
    text: 'Gives up on a destination then. Without it after 60 s, with --nagios after 10 s.',
  },
  file: {
    value: 'FILE',
    text: 'Reads destinations from FILE, one a line; "-" is standard input.',
  },
  mailed: {
    text: `Checks the destinations too that a relay here has delivered to with DANE and remembers ("dane-relay sticky list", "dane-relay \
destinations").`,
  },
  parallel: {
    value: 'NUMBER',
    text: 'With --file and --mailed: destinations at the same time. Without it 8.',
  },
  resolver: {
    value: 'ADDRESS',
    text: 'Asks this resolver instead of those of dns.servers. What it says of DNSSEC counts as it would there.',
  },
  ipv4: { short: '4', text: 'Asks IPv4 addresses only.' },
  ipv6: { short: '6', text: 'Asks IPv6 addresses only.' },
} as const satisfies Readonly<Record<string, OptionRow>>;
