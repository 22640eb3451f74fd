import { canonicalAddress } from '../../core/dns/ip-address.ts';
import { parseSigningDomain } from '../../core/dkim/key-names.ts';
import { parseDomain } from '../../core/mail/address.ts';
import { itemsOf, servers, yesOrNo, type Answers, type MachineFacts, type QuestionName } from './answers.ts';
import { listensOf, overlap } from './settings-text.ts';
import { asListenerSetting, asSetting, type Reading } from './read-answer.ts';

/** The answers so far. */
export type Given = Readonly<Partial<Answers>>;

export interface Question {
  /** What it means, and what the default means. */
  readonly text: string;
  readonly prompt: string;
  readonly default: (given: Given, facts: MachineFacts) => string;
  readonly read: (text: string, given: Given) => Reading;
  /** Where it has an answer without being asked. */
  readonly isAsked?: (given: Given) => boolean;
}

/** As many domains as records of can be looked at. */
const MOST_DOMAINS = 20;

export const questions: Readonly<Record<QuestionName, Question>> = {
  hostname: {
    text: `The name of this relay: mail servers are told it, and look it up. It must be a name that the DNS has for this machine, and \
the name of the address from which its mail goes out. "none" leaves it to the system.`,
    prompt: 'Name of this relay',
    default: (_, { hostname }) => hostname,
    read(text) {
      const name = text.toLowerCase();
      if (name !== '' && !name.includes('.'))
        return { wanted: `"${text}": wanted is a name with its domain, such as "relay.example.org"` };
      return asSetting('hostname', [name]);
    },
  },
  address: {
    text: `The address from which others see mail of this machine. SPF and the reverse name (PTR) go by it. Behind address translation it \
is the outer one. "none" if you do not know it.`,
    prompt: 'Public address',
    default: (_, { publicAddress }) => publicAddress,
    read(text) {
      if (text === '') return { text };
      const address = canonicalAddress(text);
      return address === undefined
        ? { wanted: `"${text}": wanted is an IP address such as "192.0.2.1"` }
        : { text: address };
    },
  },
  server: {
    text: `Which mail server is to send everything through this relay? Programs of this machine can in any case, at 127.0.0.1:2525 and \
with "dane-relay sendmail".`,
    prompt: `Mail server (${servers.join(', ')})`,
    default: () => 'none',
    read(text) {
      const word = text.toLowerCase() || 'none';
      return servers.some((one) => one === word)
        ? { text: word }
        : { wanted: `"${text}": wanted is one of ${servers.join(', ')}` };
    },
  },
  clients: {
    text: `Other machines that may send through this relay, by address: they need no login, and can send to everybody in any name. List \
none whose users you do not know. "none": this machine alone.`,
    prompt: 'Addresses or networks of clients',
    default: () => '',
    read(text) {
      const items = itemsOf(text);
      const everybody = items.find((item) => /\/0+$/.test(item));
      if (everybody !== undefined)
        return {
          wanted: `"${everybody}" is everybody: that would be an open relay, which is abused within hours`,
        };
      return asSetting('networks', items);
    },
  },
  listen: {
    text: `Where those machines reach this relay: an address of this machine and a port. What they send comes in clear. Ports below 1024 \
need a privilege (docs/operating.md).`,
    prompt: 'Address and port for them',
    default: (_, { ownAddress }) => atPort(ownAddress || '0.0.0.0', 2525),
    read(text) {
      const items = itemsOf(text);
      if (items.length === 0) return { wanted: 'wanted is at least one address with its port' };
      const twice = items.find((one, at) => items.slice(0, at).some((other) => overlap(one, other)));
      if (twice !== undefined) return { wanted: `"${twice}" and one before it are in each other's way` };
      return asSetting('listen', items);
    },
    isAsked: ({ clients }) => clients !== '',
  },
  login: {
    text: `Are there clients that log in with a name and a password, over TLS? Then the file has a listener for them, which needs a \
certificate and users first.`,
    prompt: 'Clients that log in (yes or no)',
    default: () => 'no',
    read: readYesOrNo,
  },
  loginListen: {
    text: 'Where clients log in: an address of this machine and a port. 587 is usual, and needs a privilege.',
    prompt: 'Address and port for logins',
    default: () => '0.0.0.0:2587',
    read(text, { listen = '', server = '' }) {
      const [item = '', ...more] = itemsOf(text);
      if (item === '' || more.length > 0) return { wanted: 'wanted is one address with its port' };
      const taken = listensOf({ listen, server }).find((one) => overlap(one, item));
      if (taken !== undefined)
        return {
          wanted: `"${item}": clients that do not log in come in at ${taken}; wanted is another port`,
        };
      return asListenerSetting('address', [item]);
    },
    isAsked: ({ login }) => login === 'yes',
  },
  domains: {
    text: `The domains in the From field of mail that goes through this relay. The DNS records to publish for them are shown at the end. \
"none" if you do not know them.`,
    prompt: 'Domains that send',
    default: ({ hostname = '' }) => domainAbove(hostname),
    read(text) {
      const domains = itemsOf(text).map((item) => ({ item, domain: parseSigningDomain(item) }));
      const other = domains.find(({ domain }) => domain === undefined);
      if (other !== undefined) return { wanted: `"${other.item}": wanted are domains such as "example.org"` };
      if (domains.length > MOST_DOMAINS) return { wanted: `wanted are ${MOST_DOMAINS} domains at most` };
      return { text: domains.map(({ domain }) => domain).join(' ') };
    },
  },
  sign: {
    text: `Shall the relay sign their mail (DKIM)? Receivers trust signed mail more, and large ones want it. If your mail server signs, \
leave it to that.`,
    prompt: 'Sign (yes or no)',
    default: ({ server }) => (server === 'none' ? 'yes' : 'no'),
    read: readYesOrNo,
    isAsked: ({ domains }) => domains !== '',
  },
  probe: {
    text: `Many providers close port 25. A domain that you name here shows whether it is open: its mail hosts are dialled, and told QUIT. \
"none": nobody is dialled.`,
    prompt: 'Domain to try port 25 with',
    default: () => '',
    read(text) {
      if (text === '') return { text };
      const domain = parseDomain(text);
      return domain === undefined
        ? { wanted: `"${text}": wanted is a domain such as "example.org"` }
        : { text: domain.toLowerCase() };
    },
  },
  relayhost: {
    text: `Where port 25 is closed, mail goes by way of another host ("[mail.example.org]:587"). DANE then protects the way to that host \
alone. "none": mail goes straight to the mail hosts of its recipients.`,
    prompt: 'Other host',
    default: () => '',
    read: (text) => asSetting('delivery.relayhost', [text]),
  },
};

function readYesOrNo(text: string): Reading {
  const word = yesOrNo(text);
  return word === undefined ? { wanted: `"${text}": wanted is yes or no` } : { text: word };
}

/** `192.0.2.1:2525`, `[2001:db8::1]:2525` */
export function atPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `example.org` of `relay.example.org`; a name of two labels itself. */
function domainAbove(hostname: string): string {
  const labels = hostname.split('.');
  return labels.length > 2 ? labels.slice(1).join('.') : hostname;
}
