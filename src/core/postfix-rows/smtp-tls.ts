import { none, obsolete, part, rows, setting } from './row.ts';

const noCertificate = none('the relay shows no certificate of its own to hosts', 'effect');
const noSessions = none('each connection begins with a whole handshake, in which certificates are shown');
const noReports = none('there are no TLS reports yet', 'effect');
const level = 'tls.level';

/** TLS of the SMTP client of Postfix. */
export const smtpTlsRows = rows(
  [
    'smtp_tls_CAfile',
    '',
    part('tls.CAfile', 'empty, while somebody is to be verified, is not the same here: see below'),
  ],
  [
    'smtp_tls_CApath',
    '',
    part('tls.CAfile', '/etc/ssl/certs is what an empty tls.CAfile means; others have to be one file'),
  ],
  [
    'smtp_tls_block_early_mail_reply',
    'no',
    none('a host that answers before it was asked is disconnected anyway'),
  ],
  ['smtp_tls_cert_file', '', noCertificate],
  ['smtp_tls_chain_files', '', noCertificate],
  ['smtp_tls_cipherlist', '', none('Postfix has not read it since 2.3'), obsolete],
  ['smtp_tls_ciphers', 'medium', part('tls.ciphers', 'high, or medium for everything below')],
  [
    'smtp_tls_connection_reuse',
    'no',
    part(
      'delivery.connection_reuse',
      'as smtp_connection_cache_on_demand, which is about sessions without TLS',
    ),
  ],
  [
    'smtp_tls_dane_insecure_mx_policy',
    'dane',
    setting(
      'tls.dane_insecure_mx_policy',
      'choice',
      'before Postfix 3.10 the default was may unless the level was dane',
    ),
  ],
  ['smtp_tls_dcert_file', '', noCertificate],
  ['smtp_tls_dkey_file', '$smtp_tls_dcert_file', noCertificate],
  ['smtp_tls_eccert_file', '', noCertificate],
  ['smtp_tls_eckey_file', '$smtp_tls_eccert_file', noCertificate],
  ['smtp_tls_enable_rpk', 'no', none('hosts are never asked for a bare key'), { since: '3.9' }],
  [
    'smtp_tls_enforce_peername',
    'yes',
    part(level, 'counts with smtp_enforce_tls alone: no makes it encrypt'),
    obsolete,
  ],
  [
    'smtp_tls_enforce_sts_mx_patterns',
    'yes',
    none(
      'MTA-STS is built in, and always enforces the patterns (tls.mta_sts); such attributes of a policy map are left out',
    ),
    { since: '3.10' },
  ],
  ['smtp_tls_exclude_ciphers', '', part('tls.exclude_ciphers', 'words of OpenSSL; others are told of')],
  [
    'smtp_tls_fingerprint_cert_match',
    '',
    part('tls.fingerprint_cert_match', 'with the digest that Postfix would use'),
  ],
  [
    'smtp_tls_fingerprint_digest',
    '${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}',
    part('tls.fingerprint_digest', 'written where there are fingerprints'),
  ],
  [
    'smtp_tls_force_insecure_host_tlsa_lookup',
    'no',
    none('TLSA records of hosts whose addresses are not signed are not asked for (RFC 7672)'),
  ],
  ['smtp_tls_key_file', '$smtp_tls_cert_file', noCertificate],
  ['smtp_tls_loglevel', '0', part('tls.loglevel', '2 for everything above')],
  [
    'smtp_tls_mandatory_ciphers',
    'medium',
    part('tls.mandatory_ciphers', 'high, or medium for everything below'),
  ],
  [
    'smtp_tls_mandatory_exclude_ciphers',
    '',
    part('tls.mandatory_exclude_ciphers', 'words of OpenSSL; others are told of'),
  ],
  ['smtp_tls_mandatory_protocols', '>=TLSv1', part('tls.mandatory_protocols', 'the same words')],
  ['smtp_tls_note_starttls_offer', 'no', setting('tls.note_starttls_offer', 'flag')],
  [
    'smtp_tls_per_site',
    '',
    part('tls.policy_maps', 'counts without smtp_tls_policy_maps: MUST is verify, MUST_NOPEERMATCH encrypt'),
    obsolete,
  ],
  [
    'smtp_tls_policy_maps',
    '',
    part('tls.policy_maps', 'written into a file of its own, each entry as it is'),
  ],
  ['smtp_tls_protocols', '>=TLSv1', part('tls.protocols', 'the same words')],
  [
    'smtp_tls_scert_verifydepth',
    '9',
    none('a chain may have as many certificates as by default', 'protection'),
  ],
  ['smtp_tls_secure_cert_match', 'nexthop, dot-nexthop', part('tls.secure_cert_match', 'the same words')],
  [
    'smtp_tls_security_level',
    '',
    part(level, 'the same words. Empty and without its forerunners: tls.level keeps its default, dane'),
  ],
  ['smtp_tls_servername', '', setting('tls.servername', 'text')],
  ['smtp_tls_session_cache_database', '', noSessions],
  ['smtp_tls_session_cache_timeout', '3600s', noSessions],
  [
    'smtp_tls_trust_anchor_file',
    '',
    none('write tafile= into the policy map, for the destinations that it is for', 'protection'),
  ],
  ['smtp_tls_verify_cert_match', 'hostname', part('tls.verify_cert_match', 'the same words')],
  ['smtp_tls_wrappermode', 'no', setting('tls.wrappermode', 'flag')],
  ['smtp_tlsrpt_enable', 'no', noReports, { since: '3.10' }],
  ['smtp_tlsrpt_skip_reused_handshakes', 'yes', noReports, { since: '3.10' }],
  ['smtp_tlsrpt_socket_name', '', noReports, { since: '3.10' }],
);
