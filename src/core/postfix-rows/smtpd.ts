import { none, obsolete, part, rows, seconds, setting, type Here } from './row.ts';

const inbound = 'the relay takes mail of its own clients only, and no mail for domains from strangers';
const admission = part(
  ['networks', 'listener.auth'],
  'looked at for permit_mynetworks, permit_sasl_authenticated and permit_tls_clientcerts; other checks have no place here',
);
const checks = part(
  ['listener.auth', 'intake.sender_restrictions'],
  'reject_…sender_login_mismatch is intake.sender_restrictions; other checks have no place here',
);
const policy = none('there are no policy services', 'protection');
const milters = none(
  'there are no milters: scan and sign before mail comes here (the relay signs: dkim)',
  'effect',
);
const proxy = none('there is no filter in front of the queue', 'protection');
const loginLibrary = none('the relay checks logins itself, by the file intake.users (dane-relay user add)');
const xclient = part('listener.xclient_peers', 'addresses');
const xforward = none('its peers could use XCLIENT, too (xclient_peers), and be anybody');
const rejection = none('the relay has its own texts for refusals');
const logOnly = none('it is about the log of Postfix alone');

function limit(name: string): Here {
  return setting(
    `intake.${name}`,
    'number',
    'with mynetworks among intake.client_event_limit_exceptions, as in Postfix',
  );
}

/** The SMTP server of Postfix, without TLS and logins. */
export const smtpdRows = rows(
  ['smtpd_authorized_verp_clients', '$authorized_verp_clients', none('there is no XVERP')],
  ['smtpd_authorized_xclient_hosts', '', xclient],
  ['smtpd_authorized_xforward_hosts', '', xforward],
  [
    'smtpd_banner',
    '$myhostname ESMTP $mail_name',
    none('the greeting is the name of the relay, and "ESMTP dane-relay"'),
  ],
  ['smtpd_client_auth_rate_limit', '0', limit('client_auth_rate_limit')],
  ['smtpd_client_connection_count_limit', '50', limit('client_connection_count_limit')],
  ['smtpd_client_connection_rate_limit', '0', limit('client_connection_rate_limit')],
  [
    'smtpd_client_event_limit_exceptions',
    '${smtpd_client_connection_limit_exceptions:$mynetworks}',
    part(
      'intake.client_event_limit_exceptions',
      'written where there are limits: those of Postfix spare mynetworks',
    ),
  ],
  [
    'smtpd_client_ipv4_prefix_length',
    '32',
    none('clients are counted by address, those of IPv6 by 64 bits'),
    { since: '3.8' },
  ],
  [
    'smtpd_client_ipv6_prefix_length',
    '84',
    none('clients are counted by address, those of IPv6 by 64 bits'),
    { since: '3.8' },
  ],
  ['smtpd_client_message_rate_limit', '0', limit('client_message_rate_limit')],
  [
    'smtpd_client_new_tls_session_rate_limit',
    '0',
    none('connections are counted (intake.client_connection_rate_limit)'),
  ],
  ['smtpd_client_port_logging', 'no', logOnly],
  ['smtpd_client_recipient_rate_limit', '0', limit('client_recipient_rate_limit')],
  ['smtpd_client_restrictions', '', checks],
  ['smtpd_command_filter', '', none('commands are taken as they come', 'effect')],
  ['smtpd_data_restrictions', '', checks],
  ['smtpd_delay_open_until_valid_rcpt', 'yes', none('a message is stored when its content comes')],
  ['smtpd_delay_reject', 'yes', none('who may not relay is told so at RCPT')],
  ['smtpd_discard_ehlo_keyword_address_maps', '', none('EHLO lists what the relay does', 'effect')],
  ['smtpd_discard_ehlo_keywords', '', none('EHLO lists what the relay does', 'effect')],
  ['smtpd_dns_reply_filter', '', none('names of clients decide nothing')],
  ['smtpd_end_of_data_restrictions', '', checks],
  [
    'smtpd_enforce_tls',
    'no',
    part('listener.tls_required', 'counts if smtpd_tls_security_level is empty'),
    obsolete,
  ],
  ['smtpd_error_sleep_time', '1s', setting('intake.error_sleep_time', seconds)],
  ['smtpd_etrn_restrictions', '', none('there is no ETRN')],
  ['smtpd_expansion_filter', undefined, rejection],
  [
    'smtpd_forbid_bare_newline',
    'normalize',
    part(
      'intake.bare_newline',
      'reject, or normalize for everything else: bare LF never ends a message here',
    ),
    { since: '3.9' },
  ],
  [
    'smtpd_forbid_bare_newline_exclusions',
    '$mynetworks',
    none('clients that may relay are repaired, others refused'),
    { since: '3.9' },
  ],
  ['smtpd_forbid_bare_newline_reject_code', '550', rejection, { since: '3.9' }],
  [
    'smtpd_forbid_unauth_pipelining',
    'yes',
    setting('intake.forbid_unauth_pipelining', 'flag', 'in Postfix since 3.9 the default'),
    { since: '3.9' },
  ],
  ['smtpd_forbidden_commands', undefined, none('a client that speaks HTTP is disconnected')],
  ['smtpd_hard_error_limit', '${stress?{1}:{20}}', setting('intake.hard_error_limit', 'number')],
  ['smtpd_helo_required', 'no', none('MAIL without EHLO is refused where RFC 5321 wants it')],
  ['smtpd_helo_restrictions', '', checks],
  ['smtpd_hide_client_session', 'no', part('intake.hide_client', 'yes is always'), { since: '3.10' }],
  ['smtpd_history_flush_threshold', '100', logOnly],
  ['smtpd_junk_command_limit', '${stress?{1}:{100}}', setting('intake.junk_command_limit', 'number')],
  ['smtpd_log_access_permit_actions', '', logOnly],
  ['smtpd_milter_maps', '', milters],
  ['smtpd_milters', '', milters],
  ['smtpd_min_data_rate', '500', setting('intake.min_data_rate', 'octets', 'it always counts here')],
  ['smtpd_noop_commands', '', none('commands are those of RFC 5321')],
  ['smtpd_null_access_lookup_key', '<>', none(inbound)],
  ['smtpd_peername_lookup', 'yes', none('names of clients decide nothing')],
  ['smtpd_per_record_deadline', '', none('intake.timeout and intake.min_data_rate count always'), obsolete],
  [
    'smtpd_per_request_deadline',
    '${smtpd_per_record_deadline?{$smtpd_per_record_deadline}:{${stress?{yes}:{no}}}}',
    none('intake.timeout and intake.min_data_rate count always'),
  ],
  ['smtpd_policy_service_default_action', '451 4.3.5 Server configuration problem', policy],
  ['smtpd_policy_service_max_idle', '300s', none('there are no policy services')],
  ['smtpd_policy_service_max_ttl', '1000s', none('there are no policy services')],
  ['smtpd_policy_service_policy_context', '', none('there are no policy services')],
  ['smtpd_policy_service_request_limit', '0', none('there are no policy services')],
  ['smtpd_policy_service_retry_delay', '1s', none('there are no policy services')],
  ['smtpd_policy_service_timeout', '100s', none('there are no policy services')],
  ['smtpd_policy_service_try_limit', '2', none('there are no policy services')],
  ['smtpd_proxy_ehlo', '$myhostname', none('there is no filter in front of the queue')],
  ['smtpd_proxy_filter', '', proxy],
  ['smtpd_proxy_options', '', none('there is no filter in front of the queue')],
  ['smtpd_proxy_timeout', '100s', none('there is no filter in front of the queue')],
  ['smtpd_recipient_limit', '1000', setting('intake.recipient_limit', 'number')],
  ['smtpd_recipient_overshoot_limit', '1000', setting('intake.recipient_overshoot_limit', 'number')],
  ['smtpd_recipient_restrictions', '', admission],
  ['smtpd_reject_footer', '', rejection],
  ['smtpd_reject_footer_maps', '', rejection],
  ['smtpd_reject_unlisted_recipient', 'yes', none(inbound)],
  ['smtpd_reject_unlisted_sender', 'no', none(inbound, 'protection')],
  ['smtpd_relay_before_recipient_restrictions', undefined, none('who may relay is decided first')],
  [
    'smtpd_relay_restrictions',
    'permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination',
    admission,
  ],
  ['smtpd_restriction_classes', '', none('checks beyond who may relay have no place here', 'protection')],
  [
    'smtpd_sender_login_maps',
    '',
    part('intake.sender_login_maps', 'written into a file of its own; counts with smtpd_sender_restrictions'),
  ],
  ['smtpd_sender_restrictions', '', checks],
  ['smtpd_service_name', 'smtpd', none('it is about postscreen')],
  ['smtpd_soft_error_limit', '10', setting('intake.soft_error_limit', 'number')],
  ['smtpd_starttls_timeout', '${stress?{10}:{300}}s', setting('intake.starttls_timeout', seconds)],
  ['smtpd_timeout', '${stress?{10}:{300}}s', setting('intake.timeout', seconds)],
  [
    'smtpd_upstream_proxy_protocol',
    '',
    none('name the balancers in proxy_peers of the listener: Postfix believes any client', 'effect'),
  ],
  ['smtpd_upstream_proxy_timeout', '5s', setting('intake.upstream_proxy_timeout', seconds)],
  ['smtpd_use_tls', 'no', part('listener.tls', 'counts if smtpd_tls_security_level is empty'), obsolete],
);

/** Logins at the SMTP server of Postfix. */
export const smtpdSaslRows = rows(
  ['smtpd_sasl_application_name', 'smtpd', none('Postfix has not read it since 2.3'), obsolete],
  [
    'smtpd_sasl_auth_enable',
    'no',
    part(['listener.auth', 'intake.users'], 'offer; require where permit_mynetworks is missing'),
  ],
  [
    'smtpd_sasl_authenticated_header',
    'no',
    none('the Received field says how a message came, and not who logged in'),
  ],
  ['smtpd_sasl_exceptions_networks', '', none('all clients of a listener are offered the same')],
  ['smtpd_sasl_local_domain', '', none('users have the names that they log in with')],
  ['smtpd_sasl_mechanism_filter', '!external, static:rest', loginLibrary],
  ['smtpd_sasl_path', 'smtpd', loginLibrary],
  ['smtpd_sasl_response_limit', '12288', none('lines of a login have a limit of their own')],
  ['smtpd_sasl_security_options', 'noanonymous', loginLibrary],
  ['smtpd_sasl_service', 'smtp', loginLibrary],
  ['smtpd_sasl_tls_security_options', '$smtpd_sasl_security_options', loginLibrary],
  ['smtpd_sasl_type', 'cyrus', loginLibrary],
);

const versions = 'listeners speak TLS 1.2 and 1.3, with strong ciphers alone';
const listenerCertificate = part(['listener.certificate', 'listener.key'], 'with its key');
const noDsa = none('nobody has certificates with DSA keys any more');
const diffie = none('listeners use elliptic curves alone');
const noSessions = none('sessions are kept as OpenSSL does it');

/** TLS of the SMTP server of Postfix. */
export const smtpdTlsRows = rows(
  [
    'smtpd_tls_CAfile',
    '',
    part(
      'listener.relay_clientcerts',
      'no authority vouches for clients here; they are known by their fingerprints',
    ),
  ],
  [
    'smtpd_tls_CApath',
    '',
    part(
      'listener.relay_clientcerts',
      'no authority vouches for clients here; they are known by their fingerprints',
    ),
  ],
  ['smtpd_tls_always_issue_session_ids', 'yes', noSessions],
  [
    'smtpd_tls_ask_ccert',
    'no',
    part('listener.relay_clientcerts', 'clients are asked where relay_clientcerts lists some'),
  ],
  ['smtpd_tls_auth_only', 'no', part('listener.tls_auth_only', 'here yes is the default')],
  ['smtpd_tls_ccert_verifydepth', '9', none('certificates of clients are known by their fingerprints')],
  ['smtpd_tls_cert_file', '', listenerCertificate],
  ['smtpd_tls_chain_files', '', listenerCertificate],
  ['smtpd_tls_cipherlist', '', none('Postfix has not read it since 2.3'), obsolete],
  ['smtpd_tls_ciphers', 'medium', none(versions)],
  ['smtpd_tls_dcert_file', '', noDsa],
  ['smtpd_tls_dh1024_param_file', '', diffie],
  ['smtpd_tls_dh512_param_file', '', diffie],
  ['smtpd_tls_dkey_file', '$smtpd_tls_dcert_file', noDsa],
  ['smtpd_tls_eccert_file', '', listenerCertificate],
  ['smtpd_tls_eckey_file', '$smtpd_tls_eccert_file', listenerCertificate],
  ['smtpd_tls_eecdh_grade', 'auto', diffie],
  ['smtpd_tls_enable_rpk', 'no', none('listeners show certificates'), { since: '3.9' }],
  ['smtpd_tls_exclude_ciphers', '', none(versions)],
  [
    'smtpd_tls_fingerprint_digest',
    '${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}',
    part('listener.relay_clientcerts', 'sha256 alone can be taken over'),
  ],
  ['smtpd_tls_key_file', '$smtpd_tls_cert_file', listenerCertificate],
  [
    'smtpd_tls_loglevel',
    '0',
    none('the log has TLS version and cipher of each message in its Received field'),
  ],
  ['smtpd_tls_mandatory_ciphers', 'medium', none(versions)],
  ['smtpd_tls_mandatory_exclude_ciphers', '', none(versions)],
  [
    'smtpd_tls_mandatory_protocols',
    '>=TLSv1',
    part('listener.tls', `${versions}; a list that wants TLS 1.3 alone is told of`),
  ],
  [
    'smtpd_tls_protocols',
    '>=TLSv1',
    part('listener.tls', `${versions}; a list that wants TLS 1.3 alone is told of`),
  ],
  ['smtpd_tls_received_header', 'no', none('the Received field always has version and cipher')],
  [
    'smtpd_tls_req_ccert',
    'no',
    part('listener.relay_clientcerts', 'a certificate gives a client the right to relay; none is demanded'),
  ],
  [
    'smtpd_tls_security_level',
    '',
    part(['listener.tls', 'listener.tls_required'], 'may: starttls; encrypt: with tls_required'),
  ],
  ['smtpd_tls_session_cache_database', '', noSessions],
  ['smtpd_tls_session_cache_timeout', '3600s', noSessions],
  ['smtpd_tls_wrappermode', 'no', part('listener.tls', 'yes: implicit')],
);
