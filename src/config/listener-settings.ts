import {
  choice,
  files,
  flag,
  listenerAddress,
  networks,
  permissions,
  relayFingerprints,
  text,
} from './kinds.ts';
import type { Setting } from './setting.ts';

/** The keys of a `[[listener]]` table. Those that mirror Postfix bear its name without `smtpd_`. */
export const listenerSettings = {
  address: {
    kind: listenerAddress,
    default: '',
    doc: `Where clients come in: an address with its port ("192.0.2.1:587"), a unix socket \
("unix:/run/dane-relay/submit"), or a socket that systemd has opened, by its FileDescriptorName ("systemd:submission"). \
Every listener has one.`,
  },
  name: {
    kind: text(
      '1 to 64 printable characters without space, quotes or brackets, or ""',
      /^[!#-&(-Z\\^-~]{0,64}$/,
    ),
    default: '',
    doc: 'Name of this listener in log and metrics. Empty: its address.',
  },
  mode: {
    kind: permissions,
    default: '0660',
    doc: `Permissions of a unix socket. Whoever may open it may send mail to anybody; the directory that it is in counts \
too.`,
  },
  tls: {
    kind: choice(['none', 'starttls', 'implicit']),
    default: 'none',
    doc: `none: no TLS. starttls: it is offered, and clients may use it. implicit: TLS from the first octet, as on port \
465. Many programs use what is offered, and then want a certificate that they can verify: one that was made at \
home stops them.`,
  },
  tls_required: {
    kind: flag,
    default: false,
    postfix: 'smtpd_tls_security_level = encrypt',
    doc: 'Take no mail from clients that did not begin TLS (530).',
  },
  certificate: {
    kind: files,
    default: [],
    postfix: 'smtpd_tls_chain_files',
    doc: `Files in PEM with a certificate and the chain above it. Of several, clients get the one with the name that \
they ask for, else the first. Files that change are read again.`,
  },
  key: {
    kind: files,
    default: [],
    doc: `Files in PEM with the private keys, one for each certificate in the same order. Empty: they are in the files of \
the certificates.`,
  },
  auth: {
    kind: choice(['none', 'offer', 'require']),
    default: 'none',
    postfix: 'smtpd_sasl_auth_enable',
    doc: 'none: no login. offer: clients may log in. require: there is no mail without a login (530).',
  },
  tls_auth_only: {
    kind: flag,
    default: true,
    postfix: 'smtpd_tls_auth_only',
    doc: 'Take logins under TLS alone. Without that, passwords can be read on the way.',
  },
  relay_clientcerts: {
    kind: relayFingerprints,
    default: [],
    postfix: 'relay_clientcerts',
    doc: `Clients that may send mail through this relay, besides those of networks: the SHA-256 of their certificates, or of \
the public keys in them. Clients are asked for a certificate only where there are some.`,
  },
  proxy_peers: {
    kind: networks,
    default: [],
    doc: `Balancers that begin each connection with a PROXY header, version 1 or 2. The client is then who the header \
says. If there are some, nobody else may connect here.`,
  },
  xclient_peers: {
    kind: networks,
    default: [],
    postfix: 'smtpd_authorized_xclient_hosts',
    doc: `Mail servers and proxies that may say with XCLIENT for whom they speak, who is then judged as if they had \
connected themselves, and with XFORWARD from whom they have a message, for the log.`,
  },
} as const satisfies Record<string, Setting>;

export type ListenerKey = keyof typeof listenerSettings;

export const listenerKeys = Object.keys(listenerSettings) as readonly ListenerKey[];

export function isListenerKey(key: string): key is ListenerKey {
  return Object.hasOwn(listenerSettings, key);
}
