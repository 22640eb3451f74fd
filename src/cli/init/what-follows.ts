import { itemsOf, type Answers } from './answers.ts';

/** The DNS records to publish, line by line; what only somebody else can set is said as a comment. */
export function recordLines({
  hostname,
  address,
  domains,
  sign,
  login,
  relayhost,
}: Answers): readonly string[] {
  const what = address === '' ? 'ip4:YOUR-ADDRESS' : `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`;
  const shown = address === '' ? 'YOUR-ADDRESS' : address;
  const own =
    hostname === ''
      ? []
      : [
          `${hostname}. IN ${address.includes(':') ? 'AAAA' : 'A'} ${shown}`,
          `; The provider of ${shown} sets its reverse name (PTR) to ${hostname}.`,
        ];
  return [
    ...own,
    ...itemsOf(domains).flatMap((domain) => [
      ...(relayhost === ''
        ? [
            `${domain}. IN TXT "v=spf1 ${what} -all"`,
            `; If ${domain} has such a record, add "${what}" to it, before its "all".`,
          ]
        : [`; The SPF record of ${domain} must name what its mail comes from, which is ${relayhost}.`]),
      `_dmarc.${domain}. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@${domain}"`,
    ]),
    ...(sign === 'yes' ? [`; DKIM: "dane-relay dkim create ${domains}" prints the records.`] : []),
    ...(login === 'yes'
      ? ['; TLSA of the listener with TLS: "dane-relay certificate show" prints them.']
      : []),
  ];
}

export interface WrittenFile {
  readonly file: string;
  readonly usersFile: string;
  /** Commands find it without its name. */
  readonly isFound: boolean;
  /** The file that commands find, as an installation leaves one; this one is to take its place. */
  readonly insteadOf?: string;
}

/** What is to be typed next, a command each or a sentence. */
export function nextSteps(answers: Answers, written: WrittenFile): readonly string[] {
  const { domains, sign, login, server, listen } = answers;
  const { usersFile, insteadOf } = written;
  const file = insteadOf ?? written.file;
  const isFound = written.isFound || insteadOf !== undefined;
  const config = isFound ? '' : ` --config ${file}`;
  return [
    ...(insteadOf === undefined
      ? [`dane-relay check-config${config}`]
      : [`dane-relay check-config --config ${written.file}`, `mv ${written.file} ${insteadOf}`]),
    ...(sign === 'yes' ? [`dane-relay dkim create${config} ${domains}`] : []),
    ...(login === 'yes'
      ? [
          `dane-relay certificate create${config}`,
          `dane-relay user add${config} --set intake.users=${usersFile} NAME`,
          `take the "#" off the lines for logins in ${file}`,
        ]
      : []),
    ...(isFound
      ? ['systemctl restart dane-relay (without a service: dane-relay run)']
      : [`dane-relay run${config}`]),
    ...serverSteps(server, itemsOf(listen)[0]),
  ];
}

function serverSteps(server: string, listen: string | undefined): readonly string[] {
  switch (server) {
    case 'none':
      return [];
    case 'postfix':
      return [
        'in main.cf of Postfix, and then postfix reload:',
        `  relayhost = ${bracketed(listen ?? '127.0.0.1:2525')}`,
        '  smtp_tls_security_level = none',
      ];
    case 'exim':
      return [
        `Exim: a satellite, with the smarthost ${(listen ?? '127.0.0.9:2525').replace(/:(\d+)$/, '::$1')} (docs/clients.md)`,
      ];
    default:
      return [`the mail server: its smarthost is ${listen ?? '127.0.0.1:2525'} (docs/clients.md)`];
  }
}

/** `[192.0.2.1]:2525`: Postfix then looks for no MX records. */
function bracketed(address: string): string {
  const [, host = '', port = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(address) ?? [];
  return `[${host}]:${port}`;
}
