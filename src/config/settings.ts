import { deliverySettings } from './delivery-settings.ts';
import {
  choice,
  dnssecProbe,
  duration,
  filePath,
  flag,
  hostName,
  integer,
  listenAddresses,
  networks,
  percent,
  publicProbe,
  redisUrl,
  resolverAddresses,
  size,
  text,
  type Kind,
} from './kinds.ts';
import { reportSettings } from './report-settings.ts';
import { intakeSettings } from './intake-settings.ts';
import type { Setting } from './setting.ts';
import { tlsSettings } from './tls-settings.ts';

/** Every setting there is, in the order of the example file. `load.ts` reads by it, `example.ts` prints it. */
export const settings = {
  hostname: {
    kind: hostName,
    default: '',
    postfix: 'myhostname',
    doc: `Name of this relay in its greeting, its Received lines and its bounces, with its domain. Empty: the name of the \
system, as "hostname --fqdn" completes it.`,
  },
  data_dir: {
    kind: filePath,
    default: '',
    doc: `Directory for the control socket and for the private Redis and Unbound, where they are used. Empty: \
/var/lib/dane-relay for root, otherwise dane-relay in $XDG_STATE_HOME or ~/.local/state.`,
  },
  listen: {
    kind: listenAddresses,
    default: ['127.0.0.1:2525'],
    postfix: 'inet_interfaces',
    doc: `Addresses on which mail is accepted. Other machines are served by an address of their network here and in networks. \
"[::]" takes IPv4 too, unless an IPv4 address has the same port here or in status.listen.`,
  },
  networks: {
    kind: networks,
    default: ['127.0.0.0/8', '::1/128'],
    postfix: 'mynetworks',
    doc: 'Clients that may relay. All others are refused, so name no network whose users you do not know.',
  },
  ...intakeSettings,
  'redis.url': {
    kind: redisUrl,
    default: '',
    doc: `The Redis that holds the queue: redis://, rediss:// (TLS) or unix:///path. Empty: a private Redis in data_dir, \
started and stopped with the relay. A password is better kept in the environment variable DANE_RELAY_REDIS_URL.`,
  },
  'redis.maxmemory': {
    kind: size('0B', '1024GiB'),
    default: '0B',
    doc: `Memory that the private Redis may use; the queue is kept in it. With 0B half of the memory of this machine, or of \
what its control group lets it have. A Redis of redis.url has a maxmemory of its own.`,
  },
  'redis.allow_unsafe': {
    kind: flag,
    default: false,
    doc: `Start even if that Redis may lose accepted mail in a crash (no appendonly file, appendfsync other than always) \
or evict it (maxmemory-policy other than noeviction). For tests.`,
  },
  'redis.prefix': {
    kind: text('1 to 64 of the characters A-Z a-z 0-9 . _ -', /^[\w.-]{1,64}$/),
    default: 'dane-relay',
    doc: 'First part of all key names. Relays with the same prefix on one Redis share one queue.',
  },
  'dns.servers': {
    kind: resolverAddresses,
    default: [],
    doc: `DNS resolvers on this host of which you know that they validate DNSSEC by themselves: their AD bit is believed. \
Not one that only forwards, as those of Docker (127.0.0.11) and systemd-resolved (127.0.0.53) do. Empty: a private Unbound \
that validates, started and stopped with the relay.`,
  },
  'dns.trust_anchor': {
    kind: filePath,
    default: '',
    doc: 'File with the DNSSEC root keys for the private Unbound. Empty: the keys of the system.',
  },
  'dns.forwarders': {
    kind: resolverAddresses,
    default: [],
    doc: `Resolvers that the private Unbound asks. They need not be trusted: answers are validated here. Empty: the root \
servers and all others; where those cannot be reached, for port 53 is closed, the resolvers of /etc/resolv.conf.`,
  },
  'dns.trust_ad': {
    kind: flag,
    default: false,
    doc: `Believe the AD bit of a resolver that is not on the loopback interface, or only forwards (127.0.0.11, 127.0.0.53, \
127.0.0.54). Whoever can alter packets on the way to it, or from there on, can then switch DANE off: only for a path that \
is protected otherwise.`,
  },
  'dns.dnssec_probe': {
    kind: dnssecProbe,
    default: 'ns:.',
    postfix: 'dnssec_probe',
    doc: `Question that shows whether a resolver validates: its answer must be signed. Each of dns.servers is asked by \
itself, and is left out while it does not validate. While none does, mail at levels dane and dane-only waits. Empty: do \
not ask.`,
  },
  'dns.unsigned_probe': {
    kind: publicProbe,
    default: 'built-in',
    doc: `Question whose answer is certainly not signed, such as "mx:unsigned.example.org" (a name of your own, in a zone \
without DNSSEC): a resolver that calls it validated sets the AD bit on everything. built-in: dns.servers are asked for \
well-known names once an hour, and only if all of those come as validated is one left out. Empty: do not ask.`,
  },
  'dns.bogus_probe': {
    kind: publicProbe,
    default: 'built-in',
    doc: `Question whose answer has a broken signature, such as "a:dnssec-failed.org": a resolver that answers it does not \
reject forged records. built-in: as above, with names that were made for this. Empty: do not ask.`,
  },
  'dns.probe_interval': {
    kind: duration('1ms', '1d'),
    default: '30s',
    doc: 'How often the probes are asked while all is well. The first one is asked again for every route besides.',
  },
  'dns.timeout': {
    kind: duration('1ms', '5m'),
    default: '3s',
    doc: 'Time for one question to one resolver.',
  },
  'dns.attempts': {
    kind: integer(1, 20),
    default: 3,
    doc: 'How many times a question is sent, over all resolvers in turn, before the lookup has failed.',
  },
  ...tlsSettings,
  ...deliverySettings,
  'queue.minimal_backoff': {
    kind: duration('1ms', '10d'),
    default: '300s',
    postfix: 'minimal_backoff_time',
    doc: 'Shortest time between two attempts to deliver a message.',
  },
  'queue.maximal_backoff': {
    kind: duration('1ms', '10d'),
    default: '4000s',
    postfix: 'maximal_backoff_time',
    doc: 'Longest time between two attempts to deliver a message.',
  },
  'queue.lifetime': {
    kind: duration('0s', '100d'),
    default: '5d',
    postfix: 'maximal_queue_lifetime',
    doc: 'Age at which an undelivered message is returned to its sender; with 0s there is one attempt.',
  },
  'queue.bounce_lifetime': {
    kind: duration('0s', '100d'),
    default: '5d',
    postfix: 'bounce_queue_lifetime',
    doc: 'The same for reports and other mail with the empty sender address, which is dropped then; not longer than queue.lifetime.',
  },
  'queue.ambiguous': {
    kind: choice(['resend', 'hold']),
    default: 'resend',
    doc: `What becomes of mail whose final dot was sent and whose reply was never seen (lost connection, crash): the host \
may have it or not. resend: try again, as RFC 5321 asks, with the same Message-ID; some will arrive twice. hold: wait for \
"queue release" or "queue delete"; some may not have arrived.`,
  },
  ...reportSettings,
  'queue.memory_high_watermark': {
    kind: percent('1%', '99%'),
    default: '80%',
    doc: `Share of the maxmemory of Redis (of the memory of its host, if it has none) from which on no mail is taken: clients \
are answered 452 and send it later. What is in the queue goes out.`,
  },
  'queue.memory_low_watermark': {
    kind: percent('1%', '99%'),
    default: '70%',
    doc: 'Share of the maxmemory of Redis below which mail is taken again after that.',
  },
  'queue.minfree': {
    kind: size('0B', '1024GiB'),
    default: '128MiB',
    postfix: 'queue_minfree',
    doc: `Free disk space in data_dir below which no mail is taken (452), besides what one rewrite of the queue needs: about as \
much as the private Redis has in memory.`,
  },
  'queue.accept_timeout': {
    kind: duration('100ms', '10m'),
    default: '20s',
    doc: `How long a client waits at most for the reply to its message when Redis does not answer. Then it is told 451, and \
whatever Redis does with the message later is taken back. Shorter than the patience of any client.`,
  },
  'log.format': {
    kind: choice(['postfix', 'json']),
    default: 'postfix',
    doc: 'postfix: lines that mail log tools understand. json: an object a line, with the same facts as fields.',
  },
  'log.syslog_name': {
    kind: text('1 to 64 printable characters without space or brackets', /^[!-Z\\^-~]{1,64}$/),
    default: 'dane-relay',
    postfix: 'syslog_name',
    doc: 'Program name in the lines, before the slash. Change it to tell several relays apart.',
  },
  'log.file': {
    kind: filePath,
    default: '',
    postfix: 'maillog_file',
    doc: 'File that lines are appended to. Empty: standard output; where that is the journal of systemd, the journal itself.',
  },
  'status.listen': {
    kind: listenAddresses,
    default: [],
    doc: `Addresses for health and metrics over HTTP, besides the control socket in data_dir. There is no login: keep them \
off public networks.`,
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settings;

/** What the relay works with, as the kind of the setting reads it. */
export type SettingValue<K extends SettingKey> =
  (typeof settings)[K]['kind'] extends Kind<infer T> ? T : never;

export const settingKeys = Object.keys(settings) as readonly SettingKey[];

/** The row of a key, without the types of that very row. */
export function settingOf(key: SettingKey): Setting {
  return settings[key];
}

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settings, key);
}

/** Whether settings stand below `name`, as in `[redis]`. */
export function isSection(name: string): boolean {
  return settingKeys.some((key) => key.startsWith(`${name}.`));
}

/** `redis.url` is `DANE_RELAY_REDIS_URL`. */
export function environmentName(key: SettingKey): string {
  return `DANE_RELAY_${key.replaceAll('.', '_').toUpperCase()}`;
}
