import { none, obsolete, part, rows, seconds, setting } from './row.ts';

const unchanged = none('mail is sent as it came in: nothing looks at its content or changes it', 'effect');
const scheduling = none('the relay has a queue of its own for each destination, which needs no such limits');
const ehlo = 'EHLO is always sent first, and HELO where EHLO is refused';
const pix = none('there is no workaround for firewalls that break SMTP');
const rewriting = none(
  'addresses are rewritten when mail comes in: intake.sender_canonical_maps, intake.virtual_alias_maps',
  'effect',
);
const source = none(
  'the system chooses the address that mail comes from: set the source address of the route (ip route … src)',
  'effect',
);
const filters = none('what hosts and resolvers say is used as they say it', 'effect');

/** How the SMTP client of Postfix speaks to hosts, without TLS and logins. */
export const smtpRows = rows(
  ['smtp_address_preference', 'any', setting('delivery.address_preference', 'choice')],
  ['smtp_address_verify_target', 'rcpt', none('addresses are not verified by probes')],
  ['smtp_always_send_ehlo', 'yes', none(ehlo)],
  ['smtp_balance_inet_protocols', 'yes', setting('delivery.balance_inet_protocols', 'flag')],
  ['smtp_bind_address', '', source],
  ['smtp_bind_address6', '', source],
  ['smtp_bind_address_enforce', 'no', source],
  ['smtp_body_checks', '', unchanged],
  [
    'smtp_cname_overrides_servername',
    'no',
    none('log, logins and certificates have the name that the MX record lists', 'effect'),
  ],
  ['smtp_connect_timeout', '30s', setting('delivery.connect_timeout', seconds)],
  [
    'smtp_connection_cache_destinations',
    '',
    none('sessions are used again for every destination (delivery.connection_reuse)'),
  ],
  [
    'smtp_connection_cache_on_demand',
    'yes',
    part('delivery.connection_reuse', 'no, while smtp_tls_connection_reuse is not yes, is false'),
  ],
  ['smtp_connection_cache_time_limit', '2s', setting('delivery.connection_cache_time_limit', seconds)],
  ['smtp_connection_reuse_count_limit', '0', setting('delivery.connection_reuse_count_limit', 'number')],
  ['smtp_connection_reuse_time_limit', '300s', setting('delivery.connection_reuse_time_limit', seconds)],
  ['smtp_data_done_timeout', '600s', setting('delivery.data_done_timeout', seconds)],
  ['smtp_data_init_timeout', '120s', setting('delivery.data_init_timeout', seconds)],
  ['smtp_data_xfer_timeout', '180s', setting('delivery.data_xfer_timeout', seconds)],
  [
    'smtp_defer_if_no_mx_address_found',
    'no',
    none('mail whose mail hosts have no address is treated as by default', 'effect'),
  ],
  ['smtp_delivery_slot_cost', '$default_delivery_slot_cost', scheduling],
  ['smtp_delivery_slot_discount', '$default_delivery_slot_discount', scheduling],
  ['smtp_delivery_slot_loan', '$default_delivery_slot_loan', scheduling],
  ['smtp_delivery_status_filter', '$default_delivery_status_filter', filters],
  [
    'smtp_destination_concurrency_failed_cohort_limit',
    '$default_destination_concurrency_failed_cohort_limit',
    setting('delivery.destination_concurrency_failed_cohort_limit', 'number'),
  ],
  [
    'smtp_destination_concurrency_limit',
    '$default_destination_concurrency_limit',
    setting('delivery.destination_concurrency_limit', 'number'),
  ],
  [
    'smtp_destination_concurrency_negative_feedback',
    '$default_destination_concurrency_negative_feedback',
    setting('delivery.destination_concurrency_negative_feedback', 'text'),
  ],
  [
    'smtp_destination_concurrency_positive_feedback',
    '$default_destination_concurrency_positive_feedback',
    setting('delivery.destination_concurrency_positive_feedback', 'text'),
  ],
  [
    'smtp_destination_rate_delay',
    '$default_destination_rate_delay',
    setting('delivery.destination_rate_delay', seconds),
  ],
  [
    'smtp_destination_recipient_limit',
    '$default_destination_recipient_limit',
    setting('delivery.destination_recipient_limit', 'number'),
  ],
  ['smtp_discard_ehlo_keyword_address_maps', '', filters],
  ['smtp_discard_ehlo_keywords', '', filters],
  ['smtp_dns_reply_filter', '', filters],
  ['smtp_dns_resolver_options', '', none('names are looked up as they are, without domains of the system')],
  [
    'smtp_dns_support_level',
    '',
    part(
      'tls.level',
      'the relay always asks for DNSSEC. disabled has no equivalent: MX records are followed',
    ),
  ],
  [
    'smtp_enforce_tls',
    'no',
    part('tls.level', 'counts if smtp_tls_security_level is empty: verify, or encrypt'),
    obsolete,
  ],
  ['smtp_extra_recipient_limit', '$default_extra_recipient_limit', scheduling],
  ['smtp_fallback_relay', '$fallback_relay', setting('delivery.fallback_relay', 'hops')],
  ['smtp_generic_maps', '', rewriting],
  ['smtp_header_checks', '', unchanged],
  ['smtp_helo_name', '$myhostname', part('delivery.helo_name', 'not written where it is $myhostname')],
  ['smtp_helo_timeout', '300s', setting('delivery.helo_timeout', seconds)],
  [
    'smtp_host_lookup',
    'dns',
    none('hosts are looked up in the DNS alone; name others by their address, in brackets', 'effect'),
  ],
  [
    'smtp_initial_destination_concurrency',
    '$initial_destination_concurrency',
    setting('delivery.initial_destination_concurrency', 'number'),
  ],
  ['smtp_line_length_limit', '998', none('lines of up to 998 octets are sent as they are (RFC 5321)')],
  ['smtp_mail_timeout', '300s', setting('delivery.mail_timeout', seconds)],
  ['smtp_mime_header_checks', '', unchanged],
  ['smtp_min_data_rate', '500', setting('delivery.min_data_rate', 'octets', 'it always counts here')],
  ['smtp_minimum_delivery_slots', '$default_minimum_delivery_slots', scheduling],
  ['smtp_mx_address_limit', '5', setting('delivery.mx_address_limit', 'number')],
  ['smtp_mx_session_limit', '2', setting('delivery.mx_session_limit', 'number')],
  ['smtp_nested_header_checks', '', unchanged],
  ['smtp_never_send_ehlo', 'no', none(ehlo, 'effect')],
  [
    'smtp_per_record_deadline',
    'no',
    none('each step has its time limit, and delivery.min_data_rate counts'),
    obsolete,
  ],
  [
    'smtp_per_request_deadline',
    '${smtp_per_record_deadline?{$smtp_per_record_deadline}:{no}}',
    none('each step has its time limit, and delivery.min_data_rate counts'),
  ],
  ['smtp_pix_workaround_delay_time', '10s', pix],
  ['smtp_pix_workaround_maps', '', pix],
  ['smtp_pix_workaround_threshold_time', '500s', pix],
  ['smtp_pix_workarounds', 'disable_esmtp,delay_dotcrlf', pix],
  ['smtp_quit_timeout', '300s', setting('delivery.quit_timeout', seconds)],
  ['smtp_quote_rfc821_envelope', 'yes', none('addresses are quoted where RFC 5321 wants it')],
  [
    'smtp_randomize_addresses',
    'yes',
    none('hosts of the same preference, and their addresses, are always mixed', 'effect'),
  ],
  ['smtp_rcpt_timeout', '300s', setting('delivery.rcpt_timeout', seconds)],
  ['smtp_recipient_limit', '$default_recipient_limit', scheduling],
  ['smtp_recipient_refill_delay', '$default_recipient_refill_delay', scheduling],
  ['smtp_recipient_refill_limit', '$default_recipient_refill_limit', scheduling],
  ['smtp_reply_filter', '', filters],
  ['smtp_rset_timeout', '20s', setting('delivery.rset_timeout', seconds)],
  ['smtp_send_dummy_mail_auth', 'no', none('MAIL FROM has no AUTH parameter')],
  ['smtp_send_xforward_command', 'no', none('the relay sends no XFORWARD; it takes it (xclient_peers)')],
  ['smtp_skip_4xx_greeting', 'yes', none('a greeting of 4xx is always passed over'), obsolete],
  ['smtp_skip_5xx_greeting', 'yes', none('a greeting of 5xx is always passed over', 'effect')],
  ['smtp_skip_quit_response', 'yes', none('nothing waits for the reply to QUIT')],
  ['smtp_starttls_timeout', '300s', setting('delivery.starttls_timeout', seconds)],
  ['smtp_tcp_port', 'smtp', part('delivery.port', 'the number of the service')],
  [
    'smtp_transport_rate_delay',
    '$default_transport_rate_delay',
    none('there is a pause for each destination (delivery.destination_rate_delay), none for all', 'effect'),
  ],
  ['smtp_use_tls', 'no', part('tls.level', 'counts if smtp_tls_security_level is empty: may'), obsolete],
  ['smtp_xforward_timeout', '300s', none('the relay sends no XFORWARD')],
);

const cache = none('what a host refused is not remembered; mail waits, and the login is tried again');
const library = none('the relay has its own SASL client: SCRAM-SHA-256, CRAM-MD5, PLAIN, LOGIN');
const optionsNote = 'the same words';

/** How the SMTP client of Postfix logs in. */
export const smtpSaslRows = rows(
  ['smtp_sasl_auth_cache_name', '', cache],
  ['smtp_sasl_auth_cache_time', '90d', cache],
  [
    'smtp_sasl_auth_enable',
    'no',
    part('delivery.sasl_auth_enable', 'yes counts only with smtp_sasl_password_maps'),
  ],
  ['smtp_sasl_auth_soft_bounce', 'yes', setting('delivery.sasl_auth_soft_bounce', 'flag')],
  ['smtp_sasl_mechanism_filter', '', setting('delivery.sasl_mechanism_filter', 'list')],
  [
    'smtp_sasl_password_maps',
    '',
    part('delivery.sasl_password_maps', 'written into a file of its own, which its owner alone can read'),
  ],
  [
    'smtp_sasl_password_result_delimiter',
    ':',
    part('delivery.sasl_password_maps', 'the file that is written has colons'),
    { since: '3.9' },
  ],
  ['smtp_sasl_path', '', library],
  [
    'smtp_sasl_security_options',
    'noplaintext, noanonymous',
    setting('delivery.sasl_security_options', 'list', optionsNote),
  ],
  [
    'smtp_sasl_tls_security_options',
    '$smtp_sasl_security_options',
    setting('delivery.sasl_tls_security_options', 'list', optionsNote),
  ],
  [
    'smtp_sasl_tls_verified_security_options',
    '$smtp_sasl_tls_security_options',
    setting('delivery.sasl_tls_verified_security_options', 'list', optionsNote),
  ],
  ['smtp_sasl_type', 'cyrus', library],
  [
    'smtp_sender_dependent_authentication',
    'no',
    none('a login is chosen by host and next hop, never by the sender', 'effect'),
  ],
);
