import {
  choice,
  duration,
  fieldNames,
  filePath,
  flag,
  integer,
  mailbox,
  networks,
  originName,
  senderRules,
  size,
} from './kinds.ts';
import type { Setting } from './setting.ts';

/** Section `intake`: what clients may do. Those that mirror Postfix bear its name without `smtpd_`. */
export const intakeSettings = {
  'intake.bare_newline': {
    kind: choice(['normalize', 'reject']),
    default: 'normalize',
    postfix: 'smtpd_forbid_bare_newline',
    doc: `What happens if a client that may relay ends a line with LF instead of CRLF, or has a CR or a NUL inside \
one. normalize: LF ends a line, and CR and NUL become blanks; only CRLF.CRLF ends a message, and one with a \
lone dot beside a bare LF is refused. reject: such commands and messages are refused (550). The relay always \
refuses them from other clients.`,
  },
  'intake.append_origin': {
    kind: originName,
    default: '',
    postfix: 'myorigin',
    doc: `Domain that the relay adds to addresses without one, such as "root", of clients that may relay: to senders, to \
recipients and in the header. Empty: hostname. "none": such senders and recipients are refused (553, 550), and \
headers stay as they are.`,
  },
  'intake.message_drop_headers': {
    kind: fieldNames,
    default: ['bcc', 'content-length', 'resent-bcc', 'return-path'],
    postfix: 'message_drop_headers',
    doc: `Header fields that the relay removes from messages. TLS-Required counts for nothing if it is one of them.`,
  },
  'intake.message_size_limit': {
    kind: size('1KB', '1GiB'),
    default: '64MiB',
    postfix: 'message_size_limit',
    doc: 'Largest message that is accepted. The SIZE extension announces it.',
  },
  'intake.recipient_limit': {
    kind: integer(1, 100_000),
    default: 1000,
    postfix: 'smtpd_recipient_limit',
    doc: 'Recipients accepted in one transaction. Further ones get 452, and clients send them later.',
  },
  'intake.memory_limit': {
    kind: size('1MiB', '1024GiB'),
    default: '128MiB',
    doc: `Memory for what all clients have open at the same time: recipients, and content on its way to the queue. A \
command or a message that finds no room gets 452, and clients come again. A recipient takes about 400 \
octets; a message, while it is received, takes as much as its size, up to 448 KiB.`,
  },
  'intake.client_limit': {
    kind: integer(1, 100_000),
    default: 1000,
    doc: 'Client connections at the same time. Further ones get 421.',
  },
  'intake.client_connection_count_limit': {
    kind: integer(0, 100_000),
    default: 500,
    postfix: 'smtpd_client_connection_count_limit',
    doc: 'Connections of one client address at the same time. Further ones get 421. 0: no limit.',
  },
  'intake.client_connection_rate_limit': {
    kind: integer(0, 1_000_000),
    default: 0,
    postfix: 'smtpd_client_connection_rate_limit',
    doc: `Connections of one client address per intake.anvil_rate_time_unit. Further ones get 421. 0: no limit.`,
  },
  'intake.client_message_rate_limit': {
    kind: integer(0, 1_000_000),
    default: 0,
    postfix: 'smtpd_client_message_rate_limit',
    doc: 'MAIL commands of one client address in that time. Further ones get 450. 0: no limit.',
  },
  'intake.client_recipient_rate_limit': {
    kind: integer(0, 10_000_000),
    default: 0,
    postfix: 'smtpd_client_recipient_rate_limit',
    doc: 'Recipients of one client address in that time. Further ones get 450. 0: no limit.',
  },
  'intake.client_auth_rate_limit': {
    kind: integer(0, 1_000_000),
    default: 0,
    postfix: 'smtpd_client_auth_rate_limit',
    doc: 'AUTH commands of one client address in that time. Further ones get 450. 0: no limit.',
  },
  'intake.users': {
    kind: filePath,
    default: '',
    doc: `File of those who may log in, a name and a hash of the password in each line: "dane-relay user add" writes it, \
and lines of Dovecot's passwd-file are read too. Nobody else should be able to read it. It is read again when it changes.`,
  },
  'intake.user_message_rate_limit': {
    kind: integer(0, 1_000_000),
    default: 0,
    doc: `MAIL commands of one login name in that time, whatever the client addresses. Further ones get 450. \
0: no limit.`,
  },
  'intake.user_recipient_rate_limit': {
    kind: integer(0, 10_000_000),
    default: 0,
    doc: 'Recipients of one login name in that time. Further ones get 450. 0: no limit.',
  },
  'intake.sender_domain_message_rate_limit': {
    kind: integer(0, 1_000_000),
    default: 0,
    doc: `MAIL commands with one domain in the sender address in that time. Further ones get 450. 0: no limit.`,
  },
  'intake.sender_domain_recipient_rate_limit': {
    kind: integer(0, 10_000_000),
    default: 0,
    doc: `Recipients of messages with one domain in the sender address in that time. Further ones get 450. \
0: no limit.`,
  },
  'intake.login_failure_delay': {
    kind: duration('0s', '16s'),
    default: '1s',
    doc: `How long a client waits for the reply to a login that failed. It doubles with each further failure of its address or \
of the user, up to 16 times as long.`,
  },
  'intake.sender_login_maps': {
    kind: filePath,
    default: '',
    postfix: 'smtpd_sender_login_maps',
    doc: `Text file with an address or "@domain" and the users that it belongs to in each line, in the syntax of Postfix. \
intake.sender_restrictions says what follows from it. SIGHUP reads it again.`,
  },
  'intake.sender_restrictions': {
    kind: senderRules,
    default: [],
    postfix: 'smtpd_sender_restrictions',
    doc: `Who may use which sender. reject_sender_login_mismatch: a user may use its own senders only, and nobody else may use \
these. reject_known_sender_login_mismatch: the same, but senders that no line lists are free. \
reject_authenticated_sender_login_mismatch is about users alone, reject_unauthenticated_sender_login_mismatch about clients \
that have not logged in.`,
  },
  'intake.client_event_limit_exceptions': {
    kind: networks,
    default: [],
    postfix: 'smtpd_client_event_limit_exceptions',
    doc: `Clients to which the limits of client addresses do not apply. Postfix excepts its own networks; here those are all \
clients that may relay.`,
  },
  'intake.anvil_rate_time_unit': {
    kind: duration('1s', '1d'),
    default: '60s',
    postfix: 'anvil_rate_time_unit',
    doc: 'Time unit in which these limits count connections, messages and recipients.',
  },
  'intake.recipient_overshoot_limit': {
    kind: integer(0, 1_000_000),
    default: 1000,
    postfix: 'smtpd_recipient_overshoot_limit',
    doc: 'Recipients beyond intake.recipient_limit that a client may try before each further one is an error.',
  },
  'intake.timeout': {
    kind: duration('1ms', '1d'),
    default: '5m',
    postfix: 'smtpd_timeout',
    doc: `How long a client may take for a command, from the first octet to the last, or between two pieces of a \
message. After that its connection is closed.`,
  },
  'intake.starttls_timeout': {
    kind: duration('1ms', '1d'),
    default: '30s',
    postfix: 'smtpd_starttls_timeout',
    doc: `How long a client may take for a handshake of TLS. After that its connection is cut. While all connections are in \
use it is intake.stress_timeout, if that is less.`,
  },
  'intake.stress_timeout': {
    kind: duration('1ms', '1d'),
    default: '10s',
    doc: `The same while there are as many connections as intake.client_limit allows: idle clients make room for \
others.`,
  },
  'intake.upstream_proxy_timeout': {
    kind: duration('1ms', '1h'),
    default: '5s',
    postfix: 'smtpd_upstream_proxy_timeout',
    doc: `How long a balancer of proxy_peers may take for the PROXY header that its connections begin with.`,
  },
  'intake.min_data_rate': {
    kind: size('1B', '1GiB'),
    default: '500B',
    postfix: 'smtpd_min_data_rate',
    doc: `Octets a second at which a message has to arrive, overall, once intake.timeout is over. Otherwise its \
connection is closed.`,
  },
  'intake.soft_error_limit': {
    kind: integer(0, 100_000),
    default: 10,
    postfix: 'smtpd_soft_error_limit',
    doc: `Errors of a client since its last message above which the relay delays every reply by \
intake.error_sleep_time.`,
  },
  'intake.hard_error_limit': {
    kind: integer(1, 100_000),
    default: 20,
    postfix: 'smtpd_hard_error_limit',
    doc: 'Errors of a client since its last message at which the relay disconnects it (421).',
  },
  'intake.error_sleep_time': {
    kind: duration('0s', '5m'),
    default: '1s',
    postfix: 'smtpd_error_sleep_time',
    doc: 'How long the relay delays a reply to a client with too many errors.',
  },
  'intake.junk_command_limit': {
    kind: integer(0, 100_000),
    default: 100,
    postfix: 'smtpd_junk_command_limit',
    doc: `HELO, EHLO, NOOP, RSET and VRFY commands of a client since its last message. Further ones count as errors.`,
  },
  'intake.forbid_unauth_pipelining': {
    kind: flag,
    default: true,
    postfix: 'smtpd_forbid_unauth_pipelining',
    doc: `Disconnect (554) clients that do not wait for the reply to HELO, EHLO, DATA, NOOP or VRFY. Somebody else \
may be speaking through such a client.`,
  },
  'intake.header_limit': {
    kind: size('1KB', '1GiB'),
    default: '1MiB',
    doc: 'Largest header of a message, all fields together. Larger ones are refused (552).',
  },
  'intake.hopcount_limit': {
    kind: integer(1, 10_000),
    default: 50,
    postfix: 'hopcount_limit',
    doc: 'Number of Received lines above which a message is refused as a mail loop.',
  },
  'intake.sender_canonical_maps': {
    kind: filePath,
    default: '',
    postfix: 'sender_canonical_maps',
    doc: `A file with other sender addresses, in the format of Postfix's canonical(5): user@domain, user or \
@domain, and the address that replaces it. It changes the envelope and the header (From, Sender, Reply-To). SIGHUP reads it again.`,
  },
  'intake.virtual_alias_maps': {
    kind: filePath,
    default: '',
    postfix: 'virtual_alias_maps',
    doc: `A file with other recipients, in the format of Postfix's virtual(5): user@domain, user or @domain, and \
one or more addresses that replace it. It changes the envelope only. SIGHUP reads it again.`,
  },
  'intake.always_bcc': {
    kind: mailbox,
    default: '',
    postfix: 'always_bcc',
    doc: 'A mailbox that gets a copy of every message that clients send. It is not reported to the sender.',
  },
  'intake.requiretls_enable': {
    kind: flag,
    default: true,
    postfix: 'requiretls_enable',
    doc: `Offer REQUIRETLS (RFC 8689) to clients under TLS, and take it from local programs: such a message goes to hosts \
that prove who they are and offer REQUIRETLS themselves, or back to its sender. Few hosts offer it. See docs/requiretls.md.`,
  },
  'intake.tls_required_enable': {
    kind: flag,
    default: true,
    postfix: 'tls_required_enable',
    doc: `Obey a header field "TLS-Required: No": the message goes out although the TLSA records or the MTA-STS policy of a \
domain would stop it. It never lowers what the operator demands of a destination. See docs/requiretls.md.`,
  },
  'intake.hide_client': {
    kind: choice(['never', 'users', 'always']),
    default: 'never',
    doc: `Whose name and address the Received field of a message does not show: users leaves them out for \
clients that have logged in, always for all. The log shows them in any case.`,
  },
} as const satisfies Record<string, Setting>;
