import { openSslIsAtLeast } from '../../support/openssl-version.ts';
import type { CombinationName } from './combinations.ts';
import type { Difference } from './difference.ts';

/** Rows in which we differ from Postfix 3.7 and know why. */
export interface DeliberateDifference {
  readonly why: string;
  readonly domains: readonly string[];
  readonly at: readonly CombinationName[];
  /** All that differs, and how; the same in every row. */
  readonly difference: Difference;
}

const everywhere = ['may', 'encrypt', 'dane', 'dane-only'] as const;
const tlsRequired = ['encrypt', 'dane', 'dane-only'] as const;
const authenticated = ['dane', 'dane-only'] as const;

const signed = (...labels: readonly string[]): readonly string[] =>
  labels.map((label) => `${label}.signed.test`);

const noTlsToday = 'refused to start TLS: 554 5.7.0 No TLS today';
const taken = '250 2.0.0 Ok: queued as ID';
const notVerified = 'Server certificate not verified';

const nullMx: readonly DeliberateDifference[] = [
  {
    why: 'RFC 7505: the code for a null MX is 5.1.10.',
    domains: ['null-mx.test', ...signed('null-mx')],
    at: everywhere,
    difference: { dsn: ['5.1.0', '5.1.10'] },
  },
  {
    why: 'RFC 7505 §3: a null MX is the only MX record. One beside others is a mistake, and the others count.',
    domains: signed('null-mx-beside'),
    at: ['may', 'encrypt', 'dane'],
    difference: {
      tls: ['', 'mx.DOMAIN Untrusted'],
      status: ['bounced', 'sent'],
      dsn: ['5.1.0', '2.0.0'],
      relay: ['none', 'mx.DOMAIN'],
      reason: ['Domain DOMAIN does not accept mail (nullMX)', taken],
      sessions: ['', 'sound.test TLS sni=none mail=tls'],
    },
  },
  {
    why: 'The same, and the other MX host has no TLSA record.',
    domains: signed('null-mx-beside'),
    at: ['dane-only'],
    difference: {
      status: ['bounced', 'deferred'],
      dsn: ['5.1.0', '4.7.5'],
      reason: ['Domain DOMAIN does not accept mail (nullMX)', 'no TLSA records found'],
    },
  },
];

const noReply = 'TLSA lookup error for mx.DOMAIN:PORT';

/** RFC 2181 §11: names of the DNS need not be names of hosts. Postfix looks for nothing at others. */
const anyNames: readonly DeliberateDifference[] = [
  {
    why: 'TLSA records may be at any name that an alias leads to.',
    domains: signed('tlsa-octets'),
    at: authenticated,
    difference: {
      tls: ['', 'mx.DOMAIN Verified'],
      status: ['deferred', 'sent'],
      dsn: ['4.7.5', '2.0.0'],
      relay: ['none', 'mx.DOMAIN'],
      reason: [noReply, taken],
      sessions: ['', 'sound.test TLS sni=mx.DOMAIN mail=tls'],
    },
  },
  {
    why: 'The same, and they do not match.',
    domains: signed('tlsa-octets-bad'),
    at: authenticated,
    difference: {
      tls: ['', 'mx.DOMAIN Untrusted'],
      relay: ['none', 'mx.DOMAIN'],
      reason: [noReply, notVerified],
      sessions: ['', 'sound.test TLS sni=mx.DOMAIN mail=none'],
    },
  },
  {
    why: 'RFC 7672 §2.2.3: those where an alias of the host leads come first, whatever the name; SNI cannot say it.',
    domains: signed('alias-star-good'),
    at: authenticated,
    difference: {
      tls: ['mx.DOMAIN Untrusted', 'mx.DOMAIN Verified'],
      status: ['deferred', 'sent'],
      dsn: ['4.7.5', '2.0.0'],
      reason: [notVerified, taken],
      sessions: ['sound.test TLS sni=mx.DOMAIN mail=none', 'sound.test TLS sni=none mail=tls'],
    },
  },
  {
    why: 'The same, and they do not match.',
    domains: signed('alias-star-bad'),
    at: authenticated,
    difference: {
      tls: ['mx.DOMAIN Verified', 'mx.DOMAIN Untrusted'],
      status: ['sent', 'deferred'],
      dsn: ['2.0.0', '4.7.5'],
      reason: [taken, notVerified],
      sessions: ['sound.test TLS sni=mx.DOMAIN mail=tls', 'sound.test TLS sni=none mail=none'],
    },
  },
  {
    why: 'MX records that name no host say nothing of a domain that could not be mended: the mail waits.',
    domains: signed('mx-blank-alone', 'mx-number-like-alone'),
    at: everywhere,
    difference: { status: ['bounced', 'deferred'], dsn: ['5.4.4', '4.4.3'] },
  },
];

/** RFC 7672 §2.2: a host that will not do TLS is passed over. Its 5xx came in the clear, perhaps from somebody else. */
const unprotectedReplies: readonly DeliberateDifference[] = [
  ...(['starttls-554', 'starttls-554-tlsa'] as const).map((label) => ({
    why: 'A 5xx to STARTTLS bounces nothing where TLS is required.',
    domains: signed(label),
    at: label === 'starttls-554' ? (['encrypt'] as const) : tlsRequired,
    difference: { status: ['bounced', 'deferred'], dsn: ['5.7.0', '4.7.0'] } as const,
  })),
  ...(['ehlo-550', 'ehlo-550-tlsa'] as const).map((label) => ({
    why: 'Nor does a 5xx to EHLO.',
    domains: signed(label),
    at: label === 'ehlo-550' ? (['encrypt'] as const) : tlsRequired,
    difference: { status: ['bounced', 'deferred'], dsn: ['5.7.1', '4.7.1'] } as const,
  })),
  {
    why: 'The next host is tried after a 5xx to STARTTLS.',
    domains: signed('starttls-good'),
    at: ['encrypt'],
    difference: starttlsThenGood('Untrusted', 'none'),
  },
  {
    why: 'The next host is tried after a 5xx to STARTTLS.',
    domains: signed('starttls-good'),
    at: authenticated,
    difference: starttlsThenGood('Verified', 'mx2.DOMAIN'),
  },
];

function starttlsThenGood(word: string, serverName: string): Difference {
  const first = 'two-starttls.test refused sni=none mail=none';
  return {
    tls: ['', `mx2.DOMAIN ${word}`],
    status: ['bounced', 'sent'],
    dsn: ['5.7.0', '2.0.0'],
    relay: ['mx1.DOMAIN', 'mx2.DOMAIN'],
    reason: [`TLS is required, but host mx1.DOMAIN[ADDRESS] ${noTlsToday}`, taken],
    sessions: [first, `sound.test TLS sni=${serverName} mail=tls, ${first}`],
  };
}

/** Records that Postfix finds out to be unusable only when it is connected; we read them once, before. */
const malformed = signed(
  'selector-2',
  'matching-3',
  'sha256-short',
  'sha256-long',
  'sha512-short',
  'full-garbage',
  'full-key-garbage',
  'usage-1-and-short',
);

const unusableRecords: readonly DeliberateDifference[] = [
  {
    why: 'With no usable record there is no DANE, and no SNI for it. The level is `encrypt` in both.',
    domains: malformed,
    at: ['dane'],
    difference: {
      sessions: ['sound.test TLS sni=mx.DOMAIN mail=tls', 'sound.test TLS sni=none mail=tls'],
    },
  },
  {
    why: 'The same where no digest is one that counts.',
    domains: signed('rollover', 'agility-short'),
    at: ['dane, SHA2-512 alone'],
    difference: {
      sessions: ['sound.test TLS sni=mx.DOMAIN mail=tls', 'sound.test TLS sni=none mail=tls'],
    },
  },
  {
    why: 'The same behind an MX that is not signed.',
    domains: ['half-short.insecure.test'],
    at: ['dane'],
    difference: {
      sessions: ['sound.test TLS sni=mx.half-short.signed.test mail=tls', 'sound.test TLS sni=none mail=tls'],
    },
  },
  {
    why: 'RFC 7671 §10.3: where DANE is mandatory and no record is usable, there is nobody to connect to.',
    domains: malformed,
    at: ['dane-only'],
    difference: {
      tls: ['mx.DOMAIN Untrusted', ''],
      relay: ['mx.DOMAIN', 'none'],
      reason: [notVerified, 'TLSA records unusable'],
      sessions: ['sound.test TLS sni=mx.DOMAIN mail=none', ''],
    },
  },
];

const referenceNames: readonly DeliberateDifference[] = [
  {
    why: 'RFC 7672 §3.2.2: without MX, a certificate may also show the next hop of which the base domain is the expansion.',
    domains: ['alias.implicit-original.signed.test'],
    at: authenticated,
    difference: {
      tls: ['DOMAIN Untrusted', 'DOMAIN Verified'],
      status: ['deferred', 'sent'],
      dsn: ['4.7.5', '2.0.0'],
      reason: [notVerified, taken],
      sessions: [
        'implicit-original.test TLS sni=expanded.implicit-original.signed.test mail=none',
        'implicit-original.test TLS sni=expanded.implicit-original.signed.test mail=tls',
      ],
    },
  },
  {
    why: 'RFC 7672 §3.2.2: behind an MX that is not signed, a certificate must show the MX host, not the next hop.',
    domains: ['half-ta-nexthop.insecure.test'],
    at: ['dane'],
    difference: {
      tls: ['mx.half-ta-nexthop.signed.test Trusted', 'mx.half-ta-nexthop.signed.test Untrusted'],
      status: ['sent', 'deferred'],
      dsn: ['2.0.0', '4.7.5'],
      reason: [taken, notVerified],
      sessions: [
        'half-ta-nexthop.test TLS sni=mx.half-ta-nexthop.signed.test mail=tls',
        'half-ta-nexthop.test TLS sni=mx.half-ta-nexthop.signed.test mail=none',
      ],
    },
  },
  {
    why: 'RFC 5280 §4.2.1.12: anyExtendedKeyUsage allows every purpose; OpenSSL wants serverAuth.',
    domains: signed('path-any-purpose'),
    at: authenticated,
    difference: {
      tls: ['mx.DOMAIN Untrusted', 'mx.DOMAIN Verified'],
      status: ['deferred', 'sent'],
      dsn: ['4.7.5', '2.0.0'],
      reason: [notVerified, taken],
      sessions: [
        'path-any-purpose.test TLS sni=mx.DOMAIN mail=none',
        'path-any-purpose.test TLS sni=mx.DOMAIN mail=tls',
      ],
    },
  },
];

/** A middlebox may have choked on a large ClientHello: where no octet came back, a smaller one is tried, at the same level. */
const secondHello: readonly DeliberateDifference[] = (['starttls-drop', 'handshake-drop'] as const).flatMap(
  (label) => {
    const session = `${label}.test TLS sni=none mail=none`;
    const common = {
      why: 'Both fail; we have tried a second, smaller ClientHello.',
      difference: { sessions: [session, `${session}, ${session}`] },
    } as const;
    return [
      { ...common, domains: signed(label), at: ['may', 'encrypt', 'dane'] },
      { ...common, domains: signed(`${label}-tlsa`), at: everywhere },
    ];
  },
);

const replies: readonly DeliberateDifference[] = [
  {
    why: 'RFC 5321 §4.5.3.1.10: 552 in reply to RCPT TO is what 452 should have been.',
    domains: signed('rcpt-552'),
    at: everywhere,
    difference: { status: ['bounced', 'deferred'], dsn: ['5.2.2', '4.2.2'] },
  },
];

/** A reply that cannot be an answer says nothing of the mail, which waits; Postfix returns it. */
const outOfStep: readonly DeliberateDifference[] = [
  {
    why: 'A reply that cannot be an answer: the two are out of step.',
    domains: signed('data-250'),
    at: everywhere,
    difference: { status: ['bounced', 'deferred'], dsn: ['5.5.0', '4.5.0'] },
  },
  ...(
    [
      ['rcpt-354', '354 What', 'RCPT TO command'],
      ['dot-354', '354 More', 'end of DATA command'],
    ] as const
  ).map(([label, reply, command]) => ({
    why: 'The same. We call it a protocol error whatever its code; Postfix says so of 2xx only.',
    domains: signed(label),
    at: everywhere,
    difference: {
      status: ['bounced', 'deferred'],
      dsn: ['5.5.0', '4.5.0'],
      reason: [
        `host mx.DOMAIN[ADDRESS] said: ${reply} (in reply to ${command})`,
        `Protocol error: host mx.DOMAIN[ADDRESS] said: ${reply} (in reply to ${command})`,
      ],
    } as const,
  })),
];

/** Postfix takes the last of several limits. Nothing is returned here that the host was not asked to take. */
const contradictions: readonly DeliberateDifference[] = (
  ['may', 'encrypt', 'dane', 'dane-only'] as const
).map((level) => {
  const sni = isDaneLevel(level) ? 'mx.DOMAIN' : 'none';
  return {
    why: 'RFC 1870 §4 knows one limit of size. Two that differ are none.',
    domains: signed('size-twice-falling'),
    at: [level],
    difference: {
      status: ['bounced', 'sent'],
      dsn: ['5.3.4', '2.0.0'],
      reason: ['message size BYTES exceeds size limit 100 of server mx.DOMAIN[ADDRESS]', taken],
      sessions: [
        `size-twice-falling.test TLS sni=${sni} mail=none`,
        `size-twice-falling.test TLS sni=${sni} mail=tls`,
      ],
    } as const,
  };
});

function isDaneLevel(level: string): boolean {
  return level.startsWith('dane');
}

/** Where the library of Node.js is newer than that of Debian 12, with which Postfix is linked. */
const newerLibrary: readonly DeliberateDifference[] = [
  {
    why: 'OpenSSL 3.5 does not offer TLS 1.0 at level 1; the host ends the handshake before it reads the name.',
    domains: signed('tls-1-0-tlsa'),
    at: authenticated,
    difference: {
      sessions: ['tls-1.0.test TLS sni=mx.DOMAIN mail=none', 'tls-1.0.test TLS sni=none mail=none'],
    },
  },
];

export const deliberateDifferences: readonly DeliberateDifference[] = [
  ...nullMx,
  ...anyNames,
  ...unprotectedReplies,
  ...unusableRecords,
  ...referenceNames,
  ...secondHello,
  ...replies,
  ...outOfStep,
  ...contradictions,
  ...(openSslIsAtLeast(3, 5) ? newerLibrary : []),
];
