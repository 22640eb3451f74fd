import {
  choice,
  duration,
  feedback,
  filePath,
  flag,
  heloName,
  integer,
  ipAddresses,
  mechanismFilter,
  nextHop,
  saslOptions,
  size,
} from './kinds.ts';
import type { Setting } from './setting.ts';

const timeout = duration('1ms', '1d');

/** The rows of `settings` about speaking to remote hosts. */
export const deliverySettings = {
  'delivery.relayhost': {
    kind: nextHop,
    default: '',
    postfix: 'relayhost',
    doc: `Where mail goes instead of to the mail hosts of its recipients: "[host]", or "domain" to follow its MX \
records, with ":port" if that is not delivery.port. Several are tried in this order. DANE and the policy \
map apply to each under this exact name.`,
  },
  'delivery.transport_maps': {
    kind: filePath,
    default: '',
    postfix: 'transport_maps',
    doc: `Text file that says where mail for single recipients and domains goes, with or without a relayhost, in the \
syntax of Postfix's transport(5): smtp:, relay:, smtps: (TLS from the first octet), error: and retry:. \
SIGHUP reads it again.`,
  },
  'delivery.fallback_relay': {
    kind: nextHop,
    default: '',
    postfix: 'smtp_fallback_relay',
    doc: 'Where mail goes that no host of its destination has accepted, in the form of delivery.relayhost.',
  },
  'delivery.proxy_interfaces': {
    kind: ipAddresses,
    default: [],
    postfix: 'proxy_interfaces',
    doc: `Addresses, besides those of listen, at which mail reaches this relay: those of a firewall in front of it, \
or of the mail server that hands it its mail. The relay does not send to hosts there as MX of a domain, \
because that would be a loop.`,
  },
  'delivery.allow_loopback': {
    kind: flag,
    default: false,
    doc: `Send also to hosts whose addresses in the DNS are loopback addresses (127.0.0.0/8, ::1), at port 25. \
Otherwise the relay takes them for this machine, because its mail would come back. For a test network on \
one machine. A server on this machine that delivery.relayhost or delivery.transport_maps names as \
"[127.0.0.1]:port" does not need this.`,
  },
  'delivery.sasl_auth_enable': {
    kind: flag,
    default: false,
    postfix: 'smtp_sasl_auth_enable',
    doc: 'Log in at the hosts that delivery.sasl_password_maps lists.',
  },
  'delivery.sasl_password_maps': {
    kind: filePath,
    default: '',
    postfix: 'smtp_sasl_password_maps',
    doc: `Text file with a host or next hop and user:password in each line, in the syntax of Postfix. Nobody else \
should be able to read it. SIGHUP reads it again.`,
  },
  'delivery.sasl_mechanism_filter': {
    kind: mechanismFilter,
    default: [],
    postfix: 'smtp_sasl_mechanism_filter',
    doc: `Mechanisms to log in with, or with "!" not to log in with: SCRAM-SHA-256, CRAM-MD5, PLAIN and LOGIN. \
Empty: all of them. The relay uses the strongest that a host offers.`,
  },
  'delivery.sasl_security_options': {
    kind: saslOptions,
    default: ['noplaintext', 'noanonymous'],
    postfix: 'smtp_sasl_security_options',
    doc: 'What a mechanism must provide on a connection without TLS. noplaintext: no password in clear.',
  },
  'delivery.sasl_tls_security_options': {
    kind: saslOptions,
    default: ['noplaintext', 'noanonymous'],
    postfix: 'smtp_sasl_tls_security_options',
    doc: `The same with TLS, if the host was not verified. To get the password itself, a host needs DANE, or a level \
such as secure in tls.policy_maps.`,
  },
  'delivery.sasl_tls_verified_security_options': {
    kind: saslOptions,
    default: ['noanonymous'],
    postfix: 'smtp_sasl_tls_verified_security_options',
    doc: 'The same with a host that was verified.',
  },
  'delivery.sasl_auth_soft_bounce': {
    kind: flag,
    default: true,
    postfix: 'smtp_sasl_auth_soft_bounce',
    doc: 'Mail waits when a host refuses a login for good. false: it is returned to its sender.',
  },
  'delivery.port': {
    kind: integer(1, 65_535),
    default: 25,
    doc: 'TCP port of remote mail servers. Any other than 25 is for test networks.',
  },
  'delivery.connection_reuse': {
    kind: flag,
    default: true,
    postfix: 'smtp_tls_connection_reuse',
    doc: `Send several messages over one connection, TLS session included, while mail for the same host is waiting.`,
  },
  'delivery.connect_timeout': {
    kind: timeout,
    default: '30s',
    postfix: 'smtp_connect_timeout',
    doc: 'Time limit for the TCP connection to one address. After it the relay tries the next address.',
  },
  'delivery.helo_timeout': {
    kind: timeout,
    default: '300s',
    postfix: 'smtp_helo_timeout',
    doc: 'Time limit for the greeting, and again for the reply to EHLO or HELO.',
  },
  'delivery.starttls_timeout': {
    kind: timeout,
    default: '300s',
    postfix: 'smtp_starttls_timeout',
    doc: 'Time limit for the reply to STARTTLS, and again for the TLS handshake.',
  },
  'delivery.mail_timeout': {
    kind: timeout,
    default: '300s',
    postfix: 'smtp_mail_timeout',
    doc: 'Time limit for the reply to MAIL FROM.',
  },
  'delivery.rcpt_timeout': {
    kind: timeout,
    default: '300s',
    postfix: 'smtp_rcpt_timeout',
    doc: 'Time limit for the reply to each RCPT TO.',
  },
  'delivery.data_init_timeout': {
    kind: timeout,
    default: '120s',
    postfix: 'smtp_data_init_timeout',
    doc: 'Time limit for the reply to DATA.',
  },
  'delivery.data_xfer_timeout': {
    kind: timeout,
    default: '180s',
    postfix: 'smtp_data_xfer_timeout',
    doc: `Time limit for the remote host to take the next piece of the message. A slow host gets less, see \
delivery.min_data_rate.`,
  },
  'delivery.min_data_rate': {
    kind: size('0B', '1GiB'),
    default: '500B',
    postfix: 'smtp_min_data_rate',
    doc: `Octets a second at which the remote host has to take a message, overall: what it takes gives it more time, \
up to delivery.data_xfer_timeout. 0B: no minimum.`,
  },
  'delivery.transaction_timeout': {
    kind: timeout,
    default: '5h',
    doc: `Time limit for one message in one session, from MAIL FROM to its last octet, however quick the single \
steps are. The reply to the final dot has delivery.data_done_timeout in any case.`,
  },
  'delivery.data_done_timeout': {
    kind: timeout,
    default: '600s',
    postfix: 'smtp_data_done_timeout',
    doc: `Time limit for the reply to the final dot. If it is too short, messages are delivered twice: the host may \
have accepted the message.`,
  },
  'delivery.rset_timeout': {
    kind: timeout,
    default: '20s',
    postfix: 'smtp_rset_timeout',
    doc: 'Time limit for the reply to RSET.',
  },
  'delivery.quit_timeout': {
    kind: timeout,
    default: '300s',
    postfix: 'smtp_quit_timeout',
    doc: `How long a connection may stay open in the background after QUIT, at most 5s. Nothing waits for the reply.`,
  },
  'delivery.address_preference': {
    kind: choice(['any', 'ipv4', 'ipv6']),
    default: 'any',
    postfix: 'smtp_address_preference',
    doc: 'Which addresses come first among hosts of the same preference. any: both families, mixed.',
  },
  'delivery.inet_protocols': {
    kind: choice(['all', 'ipv4', 'ipv6']),
    default: 'all',
    postfix: 'inet_protocols',
    doc: `Set this to ipv4 on a machine without IPv6 connectivity, to lose no time on addresses that it cannot \
reach.`,
  },
  'delivery.mx_address_limit': {
    kind: integer(0, 1000),
    default: 5,
    postfix: 'smtp_mx_address_limit',
    doc: 'Addresses considered in one attempt, over all hosts of the destination. 0: no limit.',
  },
  'delivery.balance_inet_protocols': {
    kind: flag,
    default: true,
    postfix: 'smtp_balance_inet_protocols',
    doc: 'Keep places for both address families among the addresses that are considered.',
  },
  'delivery.mx_session_limit': {
    kind: integer(0, 1000),
    default: 2,
    postfix: 'smtp_mx_session_limit',
    doc: 'Sessions in one attempt that may get as far as MAIL FROM before the rest is deferred. 0: no limit.',
  },
  'delivery.connection_cache_time_limit': {
    kind: duration('0s', '1h'),
    default: '2s',
    postfix: 'smtp_connection_cache_time_limit',
    doc: 'How long an idle connection stays open for the next message. Remote hosts dislike long times.',
  },
  'delivery.envelope_ahead': {
    kind: flag,
    default: true,
    doc: `Send the envelope of the next message behind the final dot of the one before (RFC 2920 section 3.1), to hosts \
that offer PIPELINING, when more mail waits than there are connections: a message takes one round trip then, instead \
of two. A host that does not bear it is remembered until the relay is started again; one that takes a second for its \
reply to a final dot gets none until it is quick.`,
  },
  'delivery.connection_reuse_time_limit': {
    kind: timeout,
    default: '300s',
    postfix: 'smtp_connection_reuse_time_limit',
    doc: 'Age after which a connection carries no further message.',
  },
  'delivery.connection_reuse_count_limit': {
    kind: integer(0, 1_000_000),
    default: 0,
    postfix: 'smtp_connection_reuse_count_limit',
    doc: 'Messages after which a connection is closed. 0: no limit.',
  },
  'delivery.destination_concurrency_limit': {
    kind: integer(1, 10_000),
    default: 20,
    postfix: 'smtp_destination_concurrency_limit',
    doc: 'Connections to one destination at the same time. Lower it when a destination complains.',
  },
  'delivery.initial_destination_concurrency': {
    kind: integer(1, 10_000),
    default: 5,
    postfix: 'initial_destination_concurrency',
    doc: `Connections at the same time to a destination of which the relay knows nothing. Each success allows one \
more.`,
  },
  'delivery.destination_concurrency_failed_cohort_limit': {
    kind: integer(0, 1_000),
    default: 1,
    postfix: 'smtp_destination_concurrency_failed_cohort_limit',
    doc: `Cohorts of deliveries that must fail at the hosts of a destination, with no success in between, before the \
destination is suspended for queue.minimal_backoff. A cohort is as many deliveries as the destination may \
have at the same time. 0: never suspend.`,
  },
  'delivery.destination_concurrency_positive_feedback': {
    kind: feedback,
    default: '1',
    postfix: 'smtp_destination_concurrency_positive_feedback',
    doc: 'How much a success adds to the connections that a destination may have.',
  },
  'delivery.destination_concurrency_negative_feedback': {
    kind: feedback,
    default: '1',
    postfix: 'smtp_destination_concurrency_negative_feedback',
    doc: 'How much a failure at its hosts takes from the connections that a destination may have.',
  },
  'delivery.destination_rate_delay': {
    kind: duration('0s', '1d'),
    default: '0s',
    postfix: 'smtp_destination_rate_delay',
    doc: 'Pause after each delivery to a destination, which then has one connection. For all destinations.',
  },
  'delivery.destination_recipient_limit': {
    kind: integer(1, 100_000),
    default: 50,
    postfix: 'smtp_destination_recipient_limit',
    doc: 'Recipients in one transaction; a message with more is sent in several.',
  },
  'delivery.helo_name': {
    kind: heloName,
    default: '',
    postfix: 'smtp_helo_name',
    doc: `Name in EHLO. Empty: hostname, or the address of the connection if this machine has no name with a domain. \
It should resolve to the address that remote hosts see.`,
  },
  'delivery.log_tls_feature_status': {
    kind: flag,
    default: false,
    postfix: 'smtp_log_tls_feature_status',
    doc: `Show in the log line of each delivery how the security level was met, such as "tls=dane" or \
"tls=may:none". Tools made before Postfix 3.11, pflogsumm among them, do not count such lines. The JSON \
log always has this field.`,
  },
  'delivery.active_destinations': {
    kind: integer(1, 100_000),
    default: 200,
    doc: 'Destinations, in one process, at which something happens at the same time.',
  },
  'delivery.stalled_destinations': {
    kind: integer(0, 100_000),
    default: 2_000,
    doc: `Destinations, in one process, that are served in addition to those because nothing happens there: the \
relay is waiting for their hosts. When there are more, they make other mail wait.`,
  },
  'delivery.address_concurrency_limit': {
    kind: integer(0, 100_000),
    default: 50,
    doc: `Connections at the same time to one remote address (of IPv6: to one network of 64 bits), in one process, \
over all destinations that lead there. Not fewer than delivery.destination_concurrency_limit. A \
destination that finds none left waits without taking a place. 0: no limit.`,
  },
  'delivery.nodes': {
    kind: integer(1, 1_000),
    default: 1,
    doc: `Relays, each with a queue of its own, that deliver to the same destinations and share the limits above: this one takes its part of delivery.destination_concurrency_limit, delivery.initial_destination_concurrency and delivery.address_concurrency_limit, at least one connection, and pauses so many times longer than delivery.destination_rate_delay. Set all of these alike on all of them (docs/scaling.md).`,
  },
  'delivery.memory_limit': {
    kind: size('1MiB', '1024GiB'),
    default: '256MiB',
    doc: `Memory for deliveries under way, in one process: about 100 KiB for each connection, and up to 256 KiB of a \
large message. When it is used up, each destination has one delivery at a time.`,
  },
} as const satisfies Record<string, Setting>;
