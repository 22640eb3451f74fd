import { fingerprintDigests } from '../core/dane/fingerprint.ts';
import { daneDigests } from '../core/dane/tlsa.ts';
import { insecureMxPolicies, securityLevels } from '../core/levels/levels.ts';
import { stsWishes } from '../core/sts/host-sts.ts';
import { stickyWishes } from '../core/sticky/sticky-memory.ts';
import { cipherGrades } from '../core/tls-policy/tls-parameters.ts';
import {
  choice,
  cipherWords,
  digestOrder,
  duration,
  filePath,
  fingerprints,
  flag,
  integer,
  matchWords,
  networks,
  serverName,
  text,
  tlsProtocols,
} from './kinds.ts';
import type { Setting } from './setting.ts';

/** The rows of `settings` about TLS with remote hosts. */
export const tlsSettings = {
  'tls.level': {
    kind: choice(securityLevels),
    default: 'dane',
    postfix: 'smtp_tls_security_level',
    doc: `What the relay requires of a remote host. dane: authenticate hosts that publish TLSA records, and use TLS \
with the others if they offer it. dane-only: send to no others. encrypt: any TLS. may: TLS if it is \
offered. none: never TLS. fingerprint, verify, secure: the certificate must be what the operator knows of \
the host. See docs/dane.md.`,
  },
  'tls.policy_maps': {
    kind: filePath,
    default: '',
    postfix: 'smtp_tls_policy_maps',
    doc: `Text file of exceptions, with one destination and its level in each line, in the syntax of Postfix. Empty: \
no exceptions.`,
  },
  'tls.wrappermode': {
    kind: flag,
    default: false,
    postfix: 'smtp_tls_wrappermode',
    doc: `TLS from the first octet, without STARTTLS, with every host: for a relayhost at port 465. For single \
destinations use smtps: in delivery.transport_maps. Levels below encrypt then count as encrypt.`,
  },
  'tls.dane_insecure_mx_policy': {
    kind: choice(insecureMxPolicies),
    default: 'dane',
    postfix: 'smtp_tls_dane_insecure_mx_policy',
    doc: `How to treat the TLSA records of a host if the MX record that led to it was not signed: dane enforces \
them, encrypt requires TLS only, may ignores them.`,
  },
  'tls.dane_digests': {
    kind: digestOrder,
    default: daneDigests,
    postfix: 'tls_dane_digests',
    doc: `Digests in TLSA records that count, strongest first: of several for one usage and selector, only the first \
in this list counts. Records with a digest that is not listed cannot be used, and most domains publish \
sha256 alone.`,
  },
  'tls.rollover_watch_interval': {
    kind: duration('0s', '1h'),
    default: '1m',
    doc: `Shortest time between two questions about TLSA records that no certificate of their host matches. The DNS is \
asked when its last answer ends, at least once an hour; when the records have changed, the mail that waits because of \
them is tried at once. 0s: they are not watched. See docs/rollover.md.`,
  },
  'tls.mta_sts': {
    kind: choice(stsWishes),
    default: 'enforce',
    doc: `What the relay makes of the MTA-STS policies of domains (RFC 8461), where DANE does not protect a host: enforce \
obeys them. testing evaluates and counts, and keeps no mail back. off asks for none. It counts where tls.level is dane, may or \
encrypt; in the policy map mta_sts= has its place. See docs/mta-sts.md.`,
  },
  'tls.mta_sts_ca_file': {
    kind: filePath,
    default: '',
    doc: `PEM file of the certification authorities that count for MTA-STS, for policy hosts and for mail hosts. Empty: those of \
the system, /etc/ssl/certs/ca-certificates.crt.`,
  },
  'tls.mta_sts_timeout': {
    kind: duration('1s', '1m'),
    default: '10s',
    doc: `How long the first mail to a domain waits for its policy file, from the lookup of its host to the last octet. If it does not \
come in time, and no older policy is known, the mail goes without it.`,
  },
  'tls.mta_sts_networks': {
    kind: networks,
    default: [],
    doc: `Networks in which policy hosts may be, beside the Internet: the address of such a host is a stranger's choice, so the relay \
connects to no private address unless it is listed here.`,
  },
  'tls.mta_sts_port': {
    kind: integer(1, 65_535),
    default: 443,
    doc: `Port of policy hosts. All of them have 443; another one is for laboratories.`,
  },
  'tls.sticky': {
    kind: choice(stickyWishes),
    default: 'warn',
    doc: `What happens at level dane when a host that was proved by signed TLSA records suddenly looks unsigned, as if its domain \
had given DNSSEC up or somebody forged the DNS. off: nothing, and nothing is remembered. warn: the log tells of it and the mail goes. \
enforce: its mail waits until that is over, until "dane-relay sticky release", or until tls.sticky_horizon has passed. In the policy \
map sticky= has its place. See docs/sticky.md.`,
  },
  'tls.sticky_horizon': {
    kind: duration('1h', '90d'),
    default: '14d',
    doc: `For how long it is remembered that a host was proved.`,
  },
  'tls.health_interval': {
    kind: duration('0s', '30d'),
    default: '0s',
    doc: `How often each destination is checked to which mail has gone with DANE in the last 14 days: "1d" is often enough. The relay \
asks every host as far as EHLO within TLS, one destination at a time, and tells in its log, on its page and with "dane-relay destinations" \
what is wrong there or soon will be. 0s: no host is asked without mail for it. See docs/health.md.`,
  },
  'tls.what_if': {
    kind: text('a level, with attributes as in the policy map or without', /^[^\r\n]{0,500}$/),
    default: '',
    doc: `A policy that is only tried out: a level, and attributes behind it as in the policy map ("dane-only", \
"secure match=nexthop"). What would have become of mail under it is counted, and no mail waits because of it; "dane-relay what-if" tells. \
It counts where tls.level does; an entry of the policy map has what_if= for that. Empty: none. See docs/what-if.md.`,
  },
  'tls.what_if_keep': {
    kind: duration('1d', '90d'),
    default: '30d',
    doc: `How long the counts of a day are kept.`,
  },
  'tls.CAfile': {
    kind: filePath,
    default: '',
    postfix: 'smtp_tls_CAfile',
    doc: `PEM file of the certification authorities that verify and secure trust. If it is set, the log also says \
"Trusted" of a host at may or encrypt for which one of them vouches. Empty: \
/etc/ssl/certs/ca-certificates.crt, for verify and secure alone.`,
  },
  'tls.verify_cert_match': {
    kind: matchWords,
    default: ['hostname'],
    postfix: 'smtp_tls_verify_cert_match',
    doc: `At verify, a certificate must show one of these names: hostname (of the mail host), nexthop (the \
destination), dot-nexthop (anything below it), a name, or .suffix.`,
  },
  'tls.secure_cert_match': {
    kind: matchWords,
    default: ['nexthop', 'dot-nexthop'],
    postfix: 'smtp_tls_secure_cert_match',
    doc: `The same at secure. Do not add hostname: the name of the mail host comes from the DNS, which need not be \
signed.`,
  },
  'tls.fingerprint_digest': {
    kind: choice(fingerprintDigests),
    default: 'sha256',
    postfix: 'smtp_tls_fingerprint_digest',
    doc: 'Digest algorithm of fingerprints.',
  },
  'tls.fingerprint_cert_match': {
    kind: fingerprints,
    default: [],
    postfix: 'smtp_tls_fingerprint_cert_match',
    doc: `Digests of certificates or public keys. A host at fingerprint must have one of them, unless the policy map \
names others for it. Colons between the octets are optional.`,
  },
  'tls.servername': {
    kind: serverName,
    default: '',
    postfix: 'smtp_tls_servername',
    doc: `Name in SNI if DANE does not decide it: hostname (of the mail host), nexthop (the destination), or a name. \
Empty: the relay sends none.`,
  },
  'tls.protocols': {
    kind: tlsProtocols,
    default: '>=TLSv1',
    postfix: 'smtp_tls_protocols',
    doc: `Versions of TLS at may: >=TLSv1.2, <=TLSv1.2, !TLSv1.1, separated by commas or colons. If a host has only \
excluded versions, its mail may go in clear.`,
  },
  'tls.mandatory_protocols': {
    kind: tlsProtocols,
    default: '>=TLSv1',
    postfix: 'smtp_tls_mandatory_protocols',
    doc: `Versions of TLS at all levels above may. Where a certificate has to match, OpenSSL 3 itself refuses TLSv1 \
and TLSv1.1.`,
  },
  'tls.ciphers': {
    kind: choice(cipherGrades),
    default: 'medium',
    postfix: 'smtp_tls_ciphers',
    doc: 'Minimum strength of ciphers at may.',
  },
  'tls.mandatory_ciphers': {
    kind: choice(cipherGrades),
    default: 'medium',
    postfix: 'smtp_tls_mandatory_ciphers',
    doc: 'Minimum strength of ciphers at all levels above may.',
  },
  'tls.exclude_ciphers': {
    kind: cipherWords,
    default: [],
    postfix: 'smtp_tls_exclude_ciphers',
    doc: `Ciphers, or kinds of ciphers, that the relay never offers, in the words of OpenSSL: "aNULL", "kRSA", \
"AES128-SHA". This does not affect the ciphers of TLS 1.3.`,
  },
  'tls.mandatory_exclude_ciphers': {
    kind: cipherWords,
    default: [],
    postfix: 'smtp_tls_mandatory_exclude_ciphers',
    doc: 'Further ciphers to exclude at all levels above may.',
  },
  'tls.loglevel': {
    kind: integer(0, 2),
    default: 1,
    postfix: 'smtp_tls_loglevel',
    doc: `How much the log says about TLS. 0: failures only. 1: a line for each connection. 2: also the TLSA \
records, the one that matched, and the certificate with its fingerprints.`,
  },
  'tls.note_starttls_offer': {
    kind: flag,
    default: false,
    postfix: 'smtp_tls_note_starttls_offer',
    doc: 'Log a line for each host that offers TLS where the level is none.',
  },
} as const satisfies Record<string, Setting>;
