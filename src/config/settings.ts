import { confirmable } from '../core/confirmable.ts';
import { deliverySettings } from './delivery-settings.ts';
import { receiptSettings } from './receipt-settings.ts';
import { dkimSettings } from './dkim-settings.ts';
import {
  choice,
  choices,
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
  statusHosts,
  text,
  type Kind,
} from './kinds.ts';
import { historySettings } from './history-settings.ts';
import { httpSettings } from './http-settings.ts';
import { reportSettings } from './report-settings.ts';
import { intakeSettings } from './intake-settings.ts';
import type { Setting } from './setting.ts';
import { tlsSettings } from './tls-settings.ts';
import { tlsrptSettings } from './tlsrpt-settings.ts';

/** All settings, in the order of the example file. `load.ts` reads by it, `example.ts` prints it. */
export const settings = {
  hostname: {
    kind: hostName,
    default: '',
    postfix: 'myhostname',
    doc: `Name of this relay in its greeting, its Received lines and its bounces, with its domain. Empty: the name \
of the system, as "hostname --fqdn" completes it.`,
  },
  data_dir: {
    kind: filePath,
    default: '',
    doc: `Directory of the control socket, and of the private Redis and Unbound if they are used. Empty: \
/var/lib/dane-relay for root, otherwise dane-relay in $XDG_STATE_HOME or ~/.local/state.`,
  },
  spool_dir: {
    kind: filePath,
    default: '',
    doc: `Directory in which programs of this machine leave mail with "dane-relay sendmail": the relay picks it up, at once \
if it runs. Programs of other users need to reach it. Empty: spool in data_dir if that is set, otherwise \
/var/spool/dane-relay for root, and for others spool in their own data_dir.`,
  },
  listen: {
    kind: listenAddresses,
    default: ['127.0.0.1:2525'],
    postfix: 'inet_interfaces',
    doc: `Addresses on which the relay accepts mail, without TLS and logins: for those there are [[listener]] tables, at the \
end of this file. To serve other machines, add an address of their network here, and their network to networks. \
"[::]" accepts IPv4 too, unless an IPv4 address has the same port. Where there are [[listener]] tables and this is \
not set, it is empty.`,
  },
  networks: {
    kind: networks,
    default: ['127.0.0.0/8', '::1/128'],
    postfix: 'mynetworks',
    doc: `Clients that may send mail through this relay. The relay refuses all others, so list no network whose \
users you do not know.`,
  },
  ...intakeSettings,
  ...httpSettings,
  'redis.url': {
    kind: redisUrl,
    default: '',
    doc: `The Redis that holds the queue: redis://, rediss:// (TLS), unix:///path, or \
sentinel://host,host,host/name for the master that these Sentinels know by that name (docs/scaling.md has the whole \
grammar). Empty: a private Redis in data_dir, started and stopped with the relay. A password is better kept out of this \
file: in a file with the URL alone (file:///path), in a credential of systemd ("credential:NAME"), or in the environment \
variable DANE_RELAY_REDIS_URL.`,
  },
  'redis.maxmemory': {
    kind: size('0B', '1024GiB'),
    default: '0B',
    doc: `Memory that the private Redis may use; it holds the queue. 0B: half of the memory of this machine, or of \
what its control group allows. A Redis of redis.url has a maxmemory of its own.`,
  },
  'redis.allow_unsafe': {
    kind: flag,
    default: false,
    doc: `Start even if that Redis may lose accepted mail in a crash (no appendonly file, appendfsync other than \
always) or evict it (maxmemory-policy other than noeviction). For tests.`,
  },
  'redis.confirmed': {
    kind: choices(confirmable),
    default: [],
    doc: `What you vouch for where that Redis does not tell it, as a hosted one that denies CONFIG: \
${confirmable.join(', ')}. Without that the relay does not start with such a Redis. What it does tell counts more.`,
  },
  'redis.prefix': {
    kind: text('1 to 64 of the characters A-Z a-z 0-9 . _ -', /^[\w.-]{1,64}$/),
    default: 'dane-relay',
    doc: 'First part of all key names. Relays with the same prefix on one Redis share one queue.',
  },
  'dns.servers': {
    kind: resolverAddresses,
    default: [],
    doc: `DNS resolvers on this host that you know to validate DNSSEC by themselves: the relay believes their AD \
bit. Do not name a resolver that only forwards, such as those of Docker (127.0.0.11) and systemd-resolved \
(127.0.0.53). Empty: a private Unbound that validates, started and stopped with the relay.`,
  },
  'dns.trust_anchor': {
    kind: filePath,
    default: '',
    doc: 'File with the DNSSEC root keys for the private Unbound. Empty: the keys of the system.',
  },
  'dns.forwarders': {
    kind: resolverAddresses,
    default: [],
    doc: `Resolvers that the private Unbound asks. They need not be trusted, because the private Unbound validates \
their answers. Empty: the root servers and all others; if those cannot be reached because port 53 is \
closed, the resolvers of /etc/resolv.conf.`,
  },
  'dns.trust_ad': {
    kind: flag,
    default: false,
    doc: `Believe the AD bit of a resolver that is not on the loopback interface, or that only forwards (127.0.0.11, \
127.0.0.53, 127.0.0.54). Anybody who can alter packets on the way to it, or beyond it, can then switch \
DANE off. Only for a path that is protected in another way.`,
  },
  'dns.dnssec_probe': {
    kind: dnssecProbe,
    default: 'ns:.',
    postfix: 'dnssec_probe',
    doc: `Question that shows whether a resolver validates: its answer must be signed. The relay asks each of \
dns.servers by itself, and leaves it out while it does not validate. While none validates, mail at levels \
dane and dane-only waits. Empty: do not ask.`,
  },
  'dns.unsigned_probe': {
    kind: publicProbe,
    default: 'built-in',
    doc: `Question whose answer is certainly not signed, such as "mx:unsigned.example.org" (a name of your own, in a \
zone without DNSSEC). A resolver that calls the answer validated sets the AD bit on everything. built-in: \
the relay asks dns.servers for well-known names once an hour, and leaves a resolver out only if it calls \
all of them validated. Empty: do not ask.`,
  },
  'dns.bogus_probe': {
    kind: publicProbe,
    default: 'built-in',
    doc: `Question whose answer has a broken signature, such as "a:dnssec-failed.org". A resolver that answers it \
does not reject forged records. built-in: as above, with names that exist for this purpose. Empty: do not \
ask.`,
  },
  'dns.probe_interval': {
    kind: duration('1ms', '1d'),
    default: '30s',
    doc: `How often the relay asks the probes while all is well. It also asks the first one again for every route.`,
  },
  'dns.timeout': {
    kind: duration('1ms', '5m'),
    default: '3s',
    doc: 'Time limit for one question to one resolver.',
  },
  'dns.attempts': {
    kind: integer(1, 20),
    default: 3,
    doc: 'How many times a question is sent, to all resolvers in turn, before the lookup has failed.',
  },
  ...tlsSettings,
  ...deliverySettings,
  ...dkimSettings,
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
    doc: 'Age at which an undelivered message is returned to its sender. 0s: one attempt only.',
  },
  'queue.bounce_lifetime': {
    kind: duration('0s', '100d'),
    default: '5d',
    postfix: 'bounce_queue_lifetime',
    doc: `The same for reports and other mail with the empty sender address, which is then dropped. It must not be \
longer than queue.lifetime.`,
  },
  'queue.ambiguous': {
    kind: choice(['resend', 'hold']),
    default: 'resend',
    doc: `What to do with mail whose final dot was sent and whose reply was never seen (lost connection, crash): the \
host may or may not have it. resend: try again, as RFC 5321 asks, with the same Message-ID; some will \
arrive twice. hold: wait for "queue release" or "queue delete"; some may not have arrived.`,
  },
  ...reportSettings,
  'queue.memory_high_watermark': {
    kind: percent('1%', '99%'),
    default: '80%',
    doc: `Share of the maxmemory of Redis (of the memory of its host, if it has none) from which on the relay takes \
no mail. Clients get 452 and send again later. What is in the queue goes out.`,
  },
  'queue.memory_low_watermark': {
    kind: percent('1%', '99%'),
    default: '70%',
    doc: 'Share of the maxmemory of Redis below which the relay takes mail again after that.',
  },
  'queue.minfree': {
    kind: size('0B', '1024GiB'),
    default: '128MiB',
    postfix: 'queue_minfree',
    doc: `Free disk space in data_dir below which the relay takes no mail (452), in addition to what one rewrite of \
the queue needs: about as much as the private Redis has in memory.`,
  },
  'queue.accept_timeout': {
    kind: duration('100ms', '10m'),
    default: '20s',
    doc: `How long a client waits at most for the reply to its message when Redis does not answer. The client then \
gets 451, and the relay takes back whatever Redis does with the message later. Keep this shorter than the \
timeout of any client.`,
  },
  'queue.min_replicas': {
    kind: integer(0, 10),
    default: 0,
    doc: `So many replicas of the Redis of redis.url must have a message before its client gets 250: on their disks from \
Redis 7.2 on and in Valkey (WAITAOF), in their memory before (WAIT); and they must know of a final dot before it is \
sent. While too few replicas follow the master no mail is taken (451), and none delivered. 0: nobody waits for them. \
See docs/scaling.md.`,
  },
  'queue.replica_timeout': {
    kind: duration('10ms', '1m'),
    default: '2s',
    doc: 'How long a client waits for that many replicas. Then it gets 451, and the message is taken back.',
  },
  ...tlsrptSettings,
  ...historySettings,
  ...receiptSettings,
  'log.format': {
    kind: choice(['postfix', 'json']),
    default: 'postfix',
    doc: `postfix: lines that mail log tools understand. json: one object in each line, with the same facts as \
fields.`,
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
    doc: `File to which lines are appended. Empty: standard output, or the journal itself if standard output is the \
journal of systemd.`,
  },
  'status.listen': {
    kind: listenAddresses,
    default: [],
    doc: `Addresses for the status page (docs/status-page.md), health and metrics over HTTP, in addition to the control \
socket in data_dir. Health and metrics have no login: keep them off public networks. The page shows mail to whoever is on \
this machine; everybody else, and whoever wants to change something, needs the token.`,
  },
  'status.token_file': {
    kind: filePath,
    default: '',
    doc: `File with the token for the status page: one line, 16 characters or more. The relay sees a change within a \
second. Empty: status-token in data_dir, which the relay makes when it first listens.`,
  },
  'status.hosts': {
    kind: statusHosts,
    default: [],
    doc: `Names by which browsers reach the status page, apart from addresses and "localhost": those of a proxy in front \
of it, for example. Requests by other names are refused, because they may be a trick (DNS rebinding).`,
  },
} as const satisfies Record<string, Setting>;

/** The key of the tables with `listenerSettings`, which are no rows here. */
export const listenerTables = 'listener';

export type SettingKey = keyof typeof settings;

/** The value of a setting, as its kind reads it. */
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

/** Whether `name` is a section, such as `[redis]`. */
export function isSection(name: string): boolean {
  return settingKeys.some((key) => key.startsWith(`${name}.`));
}

/** `redis.url` is `DANE_RELAY_REDIS_URL`. */
export function environmentName(key: SettingKey | typeof listenerTables): string {
  return `DANE_RELAY_${key.replaceAll('.', '_').toUpperCase()}`;
}
