import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { mismatch } from '../../src/core/dane/mismatch.ts';
import type { Mismatch } from '../../src/core/dane/verdict.ts';
import { codeBlocks } from './code-blocks.ts';

/** docs/dane.md quotes the log. Each line must be one that a source can write, and each source must still be so. */

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const quoted = codeBlocks(read('docs/dane.md'), 'log').flatMap((block) => block.trimEnd().split('\n'));

const causes: Readonly<Record<Mismatch['cause'], true>> = {
  'no certificate': true,
  'no matching record': true,
  'name mismatch': true,
  expired: true,
  'not yet valid': true,
  'bad signature': true,
  'invalid CA': true,
  'path too long': true,
  purpose: true,
  'name constraint': true,
  'critical extension': true,
  'malformed certificate': true,
  'weak key or digest': true,
  'too much work': true,
  'self-signed': true,
  'untrusted issuer': true,
};
const details = Object.keys(causes).map((cause) => mismatch(cause as Mismatch['cause'], 0).detail);

/** A template of a source, in the pieces in which it stands there. */
type Template = readonly [file: string, ...pieces: readonly string[]];

/** Tails of a policy line and of a delivery record. */
const reasons: readonly Template[] = [
  ['src/core/tls-policy/tls-policy.ts', 'non DNSSEC destination'],
  ['src/core/tls-policy/tls-policy.ts', 'no TLSA records found'],
  ['src/core/tls-policy/tls-policy.ts', 'TLSA records unusable'],
  ['src/core/tls-policy/tls-policy.ts', 'TLSA lookup error for ${host}:${port}'],
  ['src/core/tls-policy/tls-policy.ts', 'client TLS configuration problem'],
  ['src/delivery/candidate.ts', 'DNSSEC validation is unavailable'],
  ['src/session/start-tls.ts', 'Server certificate not verified'],
  ['src/session/start-tls.ts', 'Cannot start TLS: handshake failure'],
  ['src/session/connect.ts', 'TLS is required, but was not offered by host ${peerName(peer)}'],
  [
    'src/core/smtp/verdict.ts',
    'TLS is required, but host ${peerName(peer)} refused to start TLS: ${quoted(reply)}',
  ],
];

/** Parts of the lines about the resolver, where there is one: by the expression they stand for. */
const words = 'src/resolver/validation-words.ts';
const probes = 'src/resolver/probes.ts';
const resolverParts: Readonly<Record<string, readonly Template[]>> = {
  head: [
    [words, 'DNS resolver is unavailable'],
    [words, 'DNSSEC validation is unavailable'],
  ],
  'list(sound, servers.length > 1)': [[probes, '${asked} received a validated response']],
  'list(servers, servers.length > 1)': [
    [probes, '${asked} received a response that is not DNSSEC validated'],
    [probes, '${asked} failed: ${answer.detail}'],
  ],
  meaning: [
    [words, 'mail that needs a DNS lookup waits, nothing is bounced'],
    [words, 'mail at levels dane and dane-only waits, nothing is bounced'],
  ],
  advice: [
    [
      words,
      'use a validating resolver on this host that sets the AD bit, or the built-in one, and look at its trust anchor ',
      'and the clock',
    ],
    [
      words,
      'see whether the resolver runs, whether it reaches the Internet, and whether its trust anchor and the clock are ',
      'right',
    ],
  ],
};

/** Where a failed verification says more than its cause. */
const untrusted: Template = ['src/core/dane/verify-authority.ts', 'untrusted issuer ${top.issuer.text}'];

const lines: readonly Template[] = [
  [
    'src/core/smtp/tls-summary.ts',
    '${word} TLS connection ${made} to ${relay}: ${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)',
  ],
  [
    'src/core/smtp/tls-summary.ts',
    '${word} TLS connection ${made} to ${relay}: ${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)',
    ' key-exchange ${keyExchange}',
    ' server-signature ${serverSignature}',
  ],
  [
    'src/core/smtp/tls-summary.ts',
    "${speaksOfOne ? which : ''}certificate verification failed for ${relay}: ${detail}",
  ],
  [
    'src/core/log/log-line.ts',
    '${queueId}: to=<${recipient}>, relay=${relay}${reused}, delay=${formatDelay(delays.total)}, delays=${parts}, ',
    'dsn=${status.dsn}, status=${status.outcome} (${status.reason})',
  ],
  ['src/core/log/log-line.ts', 'TLS policy lookup for ${nextHop}/${host}: ${reason}'],
  [
    'src/core/tls-policy/tls-policy.ts',
    'DANE TLSA lookup problem: Name service error for name=${name} type=TLSA: ${detail}',
  ],
  ['src/core/tls-policy/tls-policy.ts', 'DNSSEC status lookup error for ${name}: ${detail}'],
  [
    'src/delivery/log-lines.ts',
    'DNS lookup problem: Name service error for name=${name} type=${type}: ${detail}',
  ],
  ['src/core/dane/tlsa.ts', '${owner} unsupported TLSA certificate usage: ${text}'],
  ['src/core/dane/tlsa.ts', '${owner} reserved private-use matching type: ${text}'],
  ['src/core/dane/tlsa.ts', '${owner}: unusable TLSA RR: ${text}'],
  ['src/core/dane/tlsa.ts', '${owner}: truncated TLSA RR'],
  ['src/core/dane/tlsa.ts', '${owner}: ${rest} more unusable TLSA RRs'],
  [
    'src/core/tls-policy/tls-policy.ts',
    '${host}:${port}: all TLSA records unusable, fallback to unauthenticated TLS',
  ],
  ['src/session/start-tls.ts', 'SSL_connect error to ${relayName(peer)}: ${failure.reason}'],
  ['src/session/log-lines.ts', 'TLS library problem: ${words}'],
  [
    'src/resolver/validation-words.ts',
    "DNSSEC validation is available: ${list(sound, servers.length > 1)}${leftOut.join('')}",
  ],
  [
    'src/resolver/validation-words.ts',
    '${head}: ${list(servers, servers.length > 1)}; ${meaning}; ${advice}',
  ],
  ['src/core/tls-policy/policy-map.ts', '${fileName}:${line}: ${problem}'],
];

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const oneOf = (patterns: readonly string[]): string => `(?:${patterns.join('|')})`;

/** What may stand for an expression of a template. */
function placeholder(expression: string, file: string): string {
  switch (expression) {
    case 'word':
      return '(?:Verified|Trusted|Untrusted|Anonymous)';
    case 'reason':
    case 'status.reason':
      return oneOf(reasons.map(pattern));
    case 'detail':
      return file.endsWith('tls-summary.ts') ? oneOf([pattern(untrusted), ...details.map(literally)]) : '.+';
    case 'reused':
      return '';
    case "speaksOfOne ? which : ''":
      return '(?:server |CA )?';
    case 'fileName':
      return '/\\S+';
    case 'problem':
      return 'next-hop destination "\\S+": .+';
    case "leftOut.join('')":
      return '';
    case 'asked':
      return "dnssec_probe 'ns:\\.'";
    default: {
      const parts = resolverParts[expression];
      return parts === undefined ? '.+' : oneOf(parts.map(pattern));
    }
  }
}

function pattern([file, ...pieces]: Template): string {
  const parts = pieces.join('').split(/\$\{(.*?)\}/);
  return parts.map((part, at) => (at % 2 === 0 ? literally(part) : placeholder(part, file))).join('');
}

describe('the lines that docs/dane.md quotes', () => {
  const everything = new RegExp(`^${oneOf(lines.map(pattern))}$`);

  test.each(quoted)('%s', (line) => {
    expect(line).toMatch(everything);
  });

  test.each([...reasons, ...Object.values(resolverParts).flat(), untrusted, ...lines])(
    '%s can write: %s',
    (file, ...pieces) => {
      const source = read(file);
      for (const piece of pieces) expect(source).toContain(piece);
      const own = new RegExp(pattern([file, ...pieces]));
      expect(quoted.some((line) => own.test(line))).toBe(true);
    },
  );

  test('a line with another wording is none', () => {
    expect('server certificate verification failed for mx[::1]:25: num=65:no records').not.toMatch(
      everything,
    );
    expect('TLS policy lookup for example.org/mx.example.org: no records').not.toMatch(everything);
    expect('Proven TLS connection established to mx[::1]:25: x with cipher y (1/1 bits)').not.toMatch(
      everything,
    );
  });
});
