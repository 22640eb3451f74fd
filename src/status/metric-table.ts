import { securityLevels } from '../core/levels/levels.ts';
import { healthKinds } from '../core/check/health.ts';
import { tlsAskedWords } from '../core/mail/tls-need.ts';

/** A metric: its type, its labels, and what the page about metrics says of it. */
export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Label to its values, or to what bounds them. */
  readonly labels?: Readonly<Record<string, readonly string[] | string>>;
  /** Upper ends of a histogram. */
  readonly buckets?: readonly number[];
  /** When somebody should look, in words; absent: it is for a look, not for an alert. */
  readonly alert?: string;
}

export const statusWords = ['sent', 'deferred', 'bounced', 'other'] as const;

/** `unknown`: the host was skipped before its level was known. `untried`: no host was asked. */
export const levelWords = [...securityLevels, 'halfdane', 'sts', 'unknown', 'untried', 'other'] as const;

export const trustWords = ['Verified', 'Trusted', 'Untrusted', 'Anonymous'] as const;

/** `broken`: the host did not fulfil its level. `missed`: it never came to that. */
export const outcomeTlsWords = [...trustWords, 'clear', 'broken', 'missed', 'none'] as const;

/** Class and subject of an enhanced status code (RFC 3463 §3). */
export const codeClasses = [2, 4, 5]
  .flatMap((major) => [0, 1, 2, 3, 4, 5, 6, 7].map((subject) => `${major}.${subject}`))
  .concat('other');

export const daneVerdicts = [
  'matched DANE-EE',
  'matched DANE-TA',
  'no certificate',
  'no matching record',
  'self-signed',
  'untrusted issuer',
  'name mismatch',
  'expired',
  'not yet valid',
  'bad signature',
  'invalid CA',
  'path too long',
  'purpose',
  'name constraint',
  'critical extension',
  'malformed certificate',
  'weak key or digest',
  'too much work',
  'other',
] as const;

/** What came of receipts that were wanted. `left out`: too long, or too many for one attempt. */
export const receiptResults = ['signed', 'no key', 'left out', 'failed'] as const;
export type ReceiptResult = (typeof receiptResults)[number];

/** What came of a fetch, in the words of RFC 8460 §4.3.2.2 where it failed. */
export const stsFetchResults = [
  'policy',
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
] as const;
export type StsFetchResult = (typeof stsFetchResults)[number];

export const stsModes = ['enforce', 'testing'] as const;

/** What became of hosts that were proved by DANE and do not look so now. */
export const stickyFindings = ['warned', 'held', 'left', 'unknown'] as const;

/** What a policy that is tried out would have made of a message. */
export const triedOutVerdicts = ['passes', 'waits', 'elsewhere', 'unknown'] as const;

/** The words of RFC 8460 §4.3.1. */
export const stsVerdicts = [
  'success',
  'certificate-host-mismatch',
  'certificate-expired',
  'certificate-not-trusted',
  'validation-failure',
] as const;

/** What came of a question about watched TLSA records. */
export const watchResults = ['same', 'changed', 'withdrawn', 'unknown'] as const;

export const recordTypes = ['A', 'AAAA', 'MX', 'TLSA', 'CNAME', 'NS', 'SOA', 'PTR', 'TXT', 'other'] as const;

export const lookupResults = [
  'signed',
  'unsigned',
  'none, signed',
  'none, unsigned',
  'SERVFAIL',
  'REFUSED',
  'FORMERR',
  'NOTIMP',
  'timeout',
  'malformed',
  'unreachable',
  'loop',
  'other',
] as const;

export const queueStates = ['active', 'due', 'deferred', 'held'] as const;

/** Upper ends of the ages, in minutes, as qshape(1) has them. */
export const ageEnds = [5, 10, 20, 40, 80, 160, 320, 640, 1280] as const;
export const ageWords: readonly string[] = [...ageEnds.map(String), 'more'];

/** Upper ends of the ranges of `dane_relay_destinations`, because a label for each destination would be unbounded. */
export const windowEnds = [1, 2, 5, 10, 20, 50] as const;

export const noteWords = ['bare_lf', 'bare_cr', 'nul', 'other'] as const;

export const tlsReportResults = ['sent', 'not taken', 'dropped'] as const;

export const loginMechanisms = ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'BEARER', 'other'] as const;

export const handleKinds = [
  'TCPSocketWrap',
  'TCPServerWrap',
  'TLSWrap',
  'PipeWrap',
  'UDPWrap',
  'ProcessWrap',
  'Timeout',
  'Immediate',
  'FSReqPromise',
  'FSReqCallback',
  'GetAddrInfoReqWrap',
  'ConnectWrap',
  'WriteWrap',
  'ShutdownWrap',
  'other',
] as const;

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const slow = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** Every metric of the relay. docs/metrics.md is made from this table. Those without `dane_relay_` have the names of Prometheus' own libraries. */
export const metricTable = {
  // Deliveries
  dane_relay_deliveries_total: {
    type: 'counter',
    help: 'Delivery attempts by recipient and outcome (sent, deferred, bounced)',
    labels: { status: statusWords },
    alert: 'more bounced than is usual; deferred much more often than sent',
  },
  dane_relay_outcomes_total: {
    type: 'counter',
    help: 'The same, by security level, by what became of it, and by class and subject of the enhanced status code',
    labels: {
      status: statusWords,
      level: levelWords,
      tls: outcomeTlsWords,
      code: codeClasses,
    },
    alert: 'code 4.7 or 5.7 rises: security is not fulfilled; code 4.3: the trouble is this relay',
  },
  dane_relay_delivery_seconds: {
    type: 'histogram',
    help: 'From the acceptance of a message to its delivery to a recipient',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 432_000],
    alert: 'the 95th percentile leaves what your users are used to',
  },
  dane_relay_route_seconds: {
    type: 'histogram',
    help: 'Finding the hosts of a next hop, with their addresses and TLSA records',
    buckets: slow,
    alert: 'the 95th percentile is above 5 s: the resolver or its network is slow',
  },
  dane_relay_connect_seconds: {
    type: 'histogram',
    help: 'TCP connections to hosts',
    labels: { result: ['made', 'failed'] },
    buckets: slow,
  },
  dane_relay_tls_handshake_seconds: {
    type: 'histogram',
    help: 'TLS handshakes with hosts that were made, without the judgement of the certificates',
    buckets: fast,
  },
  dane_relay_sessions_total: {
    type: 'counter',
    help: 'Sessions with hosts that were ready for mail, by what was proved about the host',
    labels: { security: [...trustWords, 'clear'] },
    alert: 'clear where there was none; Verified falls',
  },
  dane_relay_tls_connections_total: {
    type: 'counter',
    help: 'Outgoing TLS connections by what was proved about the peer, those included that were given up for it',
    labels: { trust: [...trustWords, 'other'] },
  },
  dane_relay_dane_verdicts_total: {
    type: 'counter',
    help: 'Certificate chains that were held against TLSA records, by the verdict',
    labels: { verdict: daneVerdicts },
    alert: 'anything but "matched …" rises: somebody changed a key without its record, or is in the middle',
  },
  dane_relay_rollover_looks_total: {
    type: 'counter',
    help: 'Questions about watched TLSA records, which no certificate matched, by what the DNS has now',
    labels: { result: watchResults },
  },
  dane_relay_sts_verdicts_total: {
    type: 'counter',
    help: 'Certificate chains that were held against an MTA-STS policy, by its mode and by the verdict',
    labels: { mode: stsModes, verdict: stsVerdicts },
    alert:
      'anything but success rises under enforce: a certificate was forgotten, or somebody is in the middle',
  },
  dane_relay_sticky_findings_total: {
    type: 'counter',
    help: 'Policies of hosts that were proved by DANE and are not protected by it now, by what became of their mail',
    labels: { finding: stickyFindings },
    alert: 'held or warned rises: a domain has given DNSSEC up, or somebody forges the DNS',
  },
  dane_relay_what_if_total: {
    type: 'counter',
    help: 'Messages that a policy was tried out on (tls.what_if), by what would have become of them',
    labels: { verdict: triedOutVerdicts },
  },
  dane_relay_sts_fetches_total: {
    type: 'counter',
    help: 'Policy files of MTA-STS that were fetched, by what came of it',
    labels: { result: stsFetchResults },
    alert:
      'sts-webpki-invalid or sts-policy-fetch-error for all domains: port 443 outwards is closed, or the authorities are missing',
  },
  dane_relay_receipts_total: {
    type: 'counter',
    help: 'Receipts that somebody wanted, by what came of it',
    labels: { result: receiptResults },
    alert: 'no key rises: mail asks for receipts, and the relay has no key; failed rises at all',
  },
  dane_relay_excepted_deliveries_total: {
    type: 'counter',
    help: 'Delivery attempts whose host heard of the mail under an exception from the TLS policy',
    labels: { status: statusWords },
  },
  dane_relay_tls_asked_deliveries_total: {
    type: 'counter',
    help: 'Delivery attempts of messages that ask for TLS (required: REQUIRETLS) or do without a proof (optional: TLS-Required: No)',
    labels: { asked: tlsAskedWords, status: statusWords },
  },
  dane_relay_checked_destinations: {
    type: 'gauge',
    help: 'Destinations of the whole queue that are mailed with DANE (tls.health_interval), by what the last checks said of them; unknown: not checked yet, or not to the end',
    labels: { standing: ['protected', 'fails', 'unknown', 'unprotected'] },
    alert: 'fails above 0: mail for them waits or will; unknown for days: the relay cannot reach its hosts',
  },
  dane_relay_destination_findings: {
    type: 'gauge',
    help: 'Destinations of the whole queue of which checks have found such a thing',
    labels: { finding: healthKinds },
    alert: 'mismatch, TLS or expires above 0: dane-relay destinations --note has a text for their postmaster',
  },
  dane_relay_exceptions: {
    type: 'gauge',
    help: 'Exceptions from the TLS policy that are in force',
    alert: 'above 0 for weeks: exceptions are for days',
  },
  dane_relay_exception_end_timestamp_seconds: {
    type: 'gauge',
    help: 'When the next exception ends, in seconds since 1970; absent if there is none',
    alert: 'in less than a day: then the settings count again for its mail',
  },
  dane_relay_destinations: {
    type: 'gauge',
    help: 'Destinations being served, by the deliveries they may have under way: up to window, more than the label before',
    labels: { window: [...windowEnds.map(String), 'more'] },
  },
  dane_relay_suspended_destinations: {
    type: 'gauge',
    help: 'Destinations that are left alone because their hosts did not work',
    alert: 'more than is usual for long: the network of this machine, or its reputation',
  },
  dane_relay_full_addresses: {
    type: 'gauge',
    help: 'Remote addresses with as many connections as delivery.address_concurrency_limit allows',
  },
  dane_relay_open_bytes: {
    type: 'gauge',
    help: 'Memory for what clients have open and for deliveries under way, by reckoning, and how much it may be',
    labels: { of: ['clients', 'deliveries'], is: ['used', 'limit'] },
    alert: 'used stays near limit: mail is taken or sent more slowly',
  },

  // The queue
  dane_relay_queue_deliveries: {
    type: 'gauge',
    help: 'Messages that wait, once for each destination, by state and by the security level of the destination; as of the last walk through the queue',
    labels: { state: queueStates, level: levelWords },
    alert: 'deferred grows for an hour',
  },
  dane_relay_queue_age_deliveries: {
    type: 'gauge',
    help: 'The same by age: up to so many minutes, and more than the value before',
    labels: { state: queueStates, age: ageWords },
  },
  dane_relay_queue_oldest_seconds: {
    type: 'gauge',
    help: 'Age of the oldest message that waits, by state; 0 if there is none',
    labels: { state: queueStates },
    alert:
      'due is above a few minutes: the relay does not get to it; deferred is above four hours: people are told of the delay',
  },
  dane_relay_queue_walk_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last walk through the queue ended, in seconds since 1970; it counts what the metrics before this one show',
    alert: 'more than ten minutes ago although the relay is scraped',
  },
  dane_relay_queue_bytes: {
    type: 'gauge',
    help: 'Memory that the queue uses and may use, how much of it content that is not complete, and disk that is free for it (of a private Redis)',
    labels: { of: ['memory_used', 'memory_limit', 'unfinished', 'disk_free'] },
    alert: 'memory_used is above 70 % of memory_limit; disk_free is below twice memory_used',
  },
  dane_relay_unfinished_messages: {
    type: 'gauge',
    help: 'Messages whose content is being received or imported, or was not to its end',
  },
  dane_relay_away_messages: {
    type: 'gauge',
    help: 'Messages that `queue drain` has begun to move, and of which this queue does not know whether they have arrived',
    alert: 'not 0 although no drain is at work: repeat it (docs/queue.md)',
  },
  dane_relay_accept_seconds: {
    type: 'histogram',
    help: 'From the end of the content of a message to its place on stable storage, after which its client gets 250',
    buckets: fast,
    alert: 'the 99th percentile is above 1 s: the disk is slow',
  },

  // Clients
  dane_relay_clients: { type: 'gauge', help: 'SMTP sessions of clients that are open' },
  dane_relay_rejections_total: {
    type: 'counter',
    help: 'Commands of clients that were refused, by class and subject of the enhanced status code',
    labels: { code: codeClasses },
    alert: '4.x rises: the relay refuses mail for a reason of its own',
  },
  dane_relay_login_failures_total: {
    type: 'counter',
    help: 'Logins of clients that failed: refused, or impossible because of a trouble of ours',
    labels: { mechanism: loginMechanisms, result: ['refused', 'impossible'] },
    alert: 'refused: somebody guesses passwords; impossible: at once',
  },
  dane_relay_http_refusals_total: {
    type: 'counter',
    help: 'Requests over HTTP that came to nothing before they were a transaction, by the class of the status',
    labels: { status: ['4xx', '5xx'] },
    alert: '5xx: at once',
  },
  dane_relay_client_notes_total: {
    type: 'counter',
    help: 'Client sessions with lines that were read in spite of this (bare_lf, bare_cr, nul)',
    labels: { note: noteWords },
  },
  dane_relay_listener_certificate_end_seconds: {
    type: 'gauge',
    help: 'When a certificate of a listener expires, in seconds since 1970',
    labels: { listener: 'names in the settings', certificate: 'files in the settings' },
    alert: 'in less than 14 days',
  },
  dane_relay_webhook_events_dropped_total: {
    type: 'counter',
    help: 'Events for webhooks that nobody will be told of',
    alert: 'any',
  },
  dane_relay_tls_reports_total: {
    type: 'counter',
    help: 'Reports about TLS by what became of them, for each address: sent (put into the queue, or taken by a web server), not taken (for now, or at all), dropped (nobody wants it, or nothing can sign it)',
    labels: { result: tlsReportResults },
  },

  // The resolver
  dane_relay_resolver_validating: {
    type: 'gauge',
    help: '1 while the resolver validates DNSSEC, by probes; 0: mail at the DANE levels waits',
    alert: '0 for two minutes',
  },
  dane_relay_resolver_answering: {
    type: 'gauge',
    help: '1 while the resolver answers, signed or not; 0: all mail that needs a lookup waits',
    alert: '0 for two minutes',
  },
  dane_relay_resolver_last_validated_timestamp_seconds: {
    type: 'gauge',
    help: 'When the resolver was last known to validate, in seconds since 1970; absent if it never did',
  },
  dane_relay_lookups_total: {
    type: 'counter',
    help: 'DNS lookups of deliveries by record type and result; those that the relay answered from its own cache are among them',
    labels: { type: recordTypes, result: lookupResults },
    alert: 'SERVFAIL or timeout is more than a tenth of all',
  },
  dane_relay_lookup_seconds: {
    type: 'histogram',
    help: 'DNS lookups that the cache of the relay had no answer for',
    buckets: slow,
  },
  dane_relay_waiting_lookups: {
    type: 'gauge',
    help: 'DNS lookups of deliveries that wait for their turn',
    alert: 'above 0 for ten minutes: the resolver is too slow',
  },

  // Redis
  dane_relay_redis_up: {
    type: 'gauge',
    help: '1 while Redis keeps mail; 0 while it is away, or full: clients get 451 or 452',
    alert: '0 for a minute',
  },
  dane_relay_redis_look_seconds: {
    type: 'histogram',
    help: 'Time in which Redis answers the look at it, once a second',
    buckets: fast,
    alert: 'the 99th percentile is above 0.5 s',
  },
  dane_relay_redis_reconnects_total: {
    type: 'counter',
    help: 'Times that the connection for commands was made again',
    alert: 'it grows while Redis was not restarted',
  },
  dane_relay_redis_replicas: {
    type: 'gauge',
    help: 'Replicas that follow the master of Redis',
    alert: 'it is below queue.min_replicas: no mail is taken',
  },
  dane_relay_redis_aof_bytes: {
    type: 'gauge',
    help: 'Size of the append-only file of Redis, as far as Redis tells',
  },
  dane_relay_redis_aof_failed: {
    type: 'gauge',
    help: '1 if the last write of the append-only file failed, or its last rewrite',
    labels: { what: ['write', 'rewrite'] },
    alert: '1',
  },

  // The relay itself
  dane_relay_build_info: {
    type: 'gauge',
    help: '1, with the version of the relay and of Node.js',
    labels: { version: 'one', node: 'one' },
  },
  dane_relay_trouble: {
    type: 'gauge',
    help: '1 while a part of the relay cannot do its work',
    labels: { part: 'parts of the relay' },
    alert: '1 for two minutes',
  },
  dane_relay_events_total: {
    type: 'counter',
    help: 'Steps in the life of messages, by name as in the JSON log',
    labels: { event: 'the names in json-log.md' },
    alert: '`bug`: at once; `child`: Redis or Unbound is started again and again',
  },
  dane_relay_log_lines_total: {
    type: 'counter',
    help: 'Log lines by severity',
    labels: { severity: ['info', 'warning', 'error'] },
    alert: 'error: at once',
  },
  dane_relay_log_lines_dropped_total: {
    type: 'counter',
    help: 'Log lines that nobody will ever read',
    alert: 'any',
  },
  dane_relay_log_write_failures_total: {
    type: 'counter',
    help: 'Writes to the log that were refused',
    alert: 'any',
  },
  dane_relay_log_lines_waiting: { type: 'gauge', help: 'Log lines that are not written yet' },
  dane_relay_event_loop_delay_seconds: {
    type: 'histogram',
    help: 'Of each second, the longest time at a stretch in which the event loop was held',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    alert: 'the 99th percentile is above 0.5 s',
  },
  dane_relay_event_loop_longest_delay_seconds: {
    type: 'gauge',
    help: 'Longest time at a stretch in which the event loop was held, in the last minute and since the start',
    labels: { over: ['minute', 'life'] },
  },
  dane_relay_event_loop_longest_work_seconds: {
    type: 'gauge',
    help: 'The same, but only what certainly was work of this process',
    labels: { over: ['minute', 'life'] },
  },
  dane_relay_memory_bytes: {
    type: 'gauge',
    help: 'Memory of the process and its limits',
    labels: { of: ['heap_limit', 'limit', 'heap_used', 'heap_total', 'external', 'array_buffers'] },
    alert: 'heap_used is above 80 % of heap_limit',
  },
  dane_relay_open_handles: {
    type: 'gauge',
    help: 'What keeps the event loop busy: sockets, servers, timers, requests, by the names of Node.js',
    labels: { kind: handleKinds },
    alert: 'it grows for days',
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory size in bytes',
    alert: 'it grows for days, or nears what the machine has',
  },
  process_open_fds: {
    type: 'gauge',
    help: 'Number of open file descriptors',
    alert: 'above 80 % of process_max_fds',
  },
  process_max_fds: { type: 'gauge', help: 'Maximum number of open file descriptors' },
  process_cpu_seconds_total: { type: 'counter', help: 'User and system CPU time in seconds' },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'Start time of the process, seconds since the epoch',
    alert: 'it changes more than twice in half an hour',
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof metricTable;
export const metricNames = Object.keys(metricTable) as readonly MetricName[];
