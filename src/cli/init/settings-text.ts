import { itemsOf, type Answers, type MachineFacts } from './answers.ts';

/** Exim takes mail for 127.0.0.1 for its own, whatever the port. */
const forExim = '127.0.0.9:2525';
const local = '127.0.0.1:2525';

/** Where the relay listens without TLS: for this machine, and where the answers say. */
export function listensOf({ server, listen }: Pick<Answers, 'server' | 'listen'>): readonly string[] {
  const said = [...new Set(itemsOf(listen))];
  const own = [local, ...(server === 'exim' ? [forExim] : [])];
  // All addresses have those of this machine among them.
  return [...own.filter((one) => !said.some((other) => overlap(one, other))), ...said];
}

/** Whether two listeners would be in each other's way. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [placeOf(one), placeOf(other)];
  if (a === undefined || b === undefined) return one === other;
  if (a.port !== b.port) return false;
  return a.host === b.host || isAll(a.host) || isAll(b.host);
}

function placeOf(address: string): { readonly host: string; readonly port: string } | undefined {
  const end = address.lastIndexOf(':');
  const host = address.slice(0, end).replace(/^\[|\]$/g, '');
  return end === -1 ? undefined : { host, port: address.slice(end + 1) };
}

function isAll(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

export interface SettingsPlaces {
  /** `2026-11-30` */
  readonly day: string;
  readonly dataDir: string;
  /** Where users are kept that log in. */
  readonly usersFile: string;
}

/** The settings file: what the answers say, and where it is the default, that as a comment. */
export function settingsText(
  answers: Answers,
  facts: Pick<MachineFacts, 'addresses'>,
  { day, dataDir, usersFile }: SettingsPlaces,
): string {
  const { hostname, address, server, clients, login, relayhost } = answers;
  const listens = listensOf(answers);
  const isUsual = listens.length === 1 && listens[0] === local;
  const networks = ['127.0.0.0/8', '::1/128', ...itemsOf(clients)];
  const isBehind = address !== '' && !facts.addresses.includes(address);
  const blocks = [
    `Settings of dane-relay, written by "dane-relay init" on ${day}. What is missing has its default; \
config/relay.example.toml has every setting. After a change: dane-relay check-config, then restart the relay.`,
    [
      'Its name in its greeting, in EHLO and in Received fields. The DNS must have it for this machine.',
      line('hostname', hostname, hostname !== ''),
    ],
    [
      `Where it takes mail in, without TLS and logins.${server === 'exim' ? ' 127.0.0.9 is for Exim on this machine, which takes mail for 127.0.0.1 for its own.' : ''}`,
      // A listener with a table of its own would take the place of the default.
      line('listen', listens, !isUsual || login === 'yes'),
    ],
    [
      'Who may send through it without a login. List nobody whose users you do not know.',
      line('networks', networks, clients !== ''),
    ],
    ...(login === 'yes'
      ? [['Who may log in: dane-relay user add NAME', `#intake.users = ${toml(usersFile)}`]]
      : []),
    [
      `Where mail goes instead of to the mail hosts of its recipients. If that host wants a login, add delivery.sasl_auth_enable and \
delivery.sasl_password_maps.`,
      line('delivery.relayhost', relayhost, relayhost !== ''),
    ],
    ...(isBehind
      ? [
          [
            'The address from which others see this machine, which has address translation in front of it.',
            line('delivery.proxy_interfaces', [address], true),
          ],
        ]
      : []),
    ...(login === 'yes' ? [loginBlock(answers, dataDir)] : []),
  ];
  return `${blocks.map(blockText).join('\n\n')}\n`;
}

function loginBlock({ loginListen }: Answers, dataDir: string): string[] {
  return [
    `Clients that log in. Make the certificate and a user first, then take the "#" off these lines and off intake.users: without \
them the relay would not start.`,
    '#[[listener]]',
    `#address = ${toml(loginListen)}`,
    '#name = "submission"',
    '#tls = "starttls"',
    '#tls_required = true',
    '#auth = "require"',
    `#certificate = ${toml(`${dataDir}/tls/relay.crt`)}`,
    `#key = ${toml(`${dataDir}/tls/relay.key`)}`,
  ];
}

function line(key: string, value: string | readonly string[], isSaid: boolean): string {
  return `${isSaid ? '' : '#'}${key} = ${toml(value)}`;
}

function toml(value: string | readonly string[]): string {
  return typeof value === 'string' ? JSON.stringify(value) : `[${value.map(toml).join(', ')}]`;
}

function blockText(block: string | readonly string[]): string {
  const [comment = '', ...lines] = typeof block === 'string' ? [block] : block;
  return [...wrapped(comment, 78).map((one) => `# ${one}`), ...lines].join('\n');
}

/** Lines of so many characters at most, unless a word is longer. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
