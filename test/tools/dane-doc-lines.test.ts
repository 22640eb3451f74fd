import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { mismatch } from '../../src/core/dane/mismatch.ts';
import type { Failed } from '../../src/core/dns/answer.ts';
import type { SecurityLevel } from '../../src/core/levels/levels.ts';
import { deliveryLine, policySkipLine } from '../../src/core/log/log-line.ts';
import type { Trouble } from '../../src/core/mail/status.ts';
import { verificationFailure } from '../../src/core/smtp/tls-summary.ts';
import type { TlsFacts, TlsWord } from '../../src/core/smtp/transaction.ts';
import { noHandshake, notVerified, refusedStartTls, tlsNotOffered } from '../../src/core/smtp/verdict.ts';
import { parsePolicyMap } from '../../src/core/tls-policy/policy-map.ts';
import type { PolicyFacts } from '../../src/core/tls-policy/policy-facts.ts';
import { policyWithoutTlsa, policyWithTlsa } from '../../src/core/tls-policy/tls-policy.ts';
import { tlsaUnusable } from '../../src/delivery/log-lines.ts';
import { tableProblem, validationChange } from '../../src/daemon/log-lines.ts';
import { askSigned } from '../../src/resolver/probes.ts';
import { changeText } from '../../src/resolver/validation-words.ts';
import {
  handshakeFailed,
  libraryProblem,
  tlsEstablished,
  verificationFailed,
} from '../../src/session/log-lines.ts';
import { attempt, type Circumstances } from '../regressions/attempt.ts';
import { fakeDns, mx, type Zone } from '../regressions/fake-dns.ts';
import { usualSettings } from '../support/tls-settings.ts';
import { codeBlocks } from './code-blocks.ts';

/** docs/dane.md quotes the log. Each line is one that the relay writes for what the page says of it. */

const page = readFileSync(path.join(import.meta.dirname, '../../docs/dane.md'), 'utf8');
const quoted = codeBlocks(page, 'log').flatMap((block) => block.trimEnd().split('\n'));

const peer = { host: 'mx.example.org', address: '192.0.2.25', port: 25 };
const relay = 'mx.example.org[192.0.2.25]:25';

function established(word: TlsWord, facts: Partial<TlsFacts>): string {
  const usual = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] } as const;
  return tlsEstablished(peer, word, { ...usual, ...facts }).text;
}

function delivery(status: Trouble, total: number, parts: readonly [number, number, number, number]): string {
  const facts = { queueId: '4jX6Z215f0zwqHvm', recipient: { address: 'user@example.org' }, connectionUse: 1 };
  return deliveryLine({ ...facts, status, delays: { total, parts } }).text;
}

function unverified(cause: Parameters<typeof mismatch>[0], depth = 0): string {
  return verificationFailed(peer, verificationFailure(relay, mismatch(cause, depth).detail, depth)).text;
}

const reply = { code: 454, enhanced: '4.7.0', lines: ['454 4.7.0 TLS not available'] };

/** What is written without a lookup. */
const plain: readonly string[] = [
  established('Verified', {
    keyExchange: 'X25519',
    serverSignature: 'ECDSA (prime256v1)',
    serverDigest: 'SHA256',
  }),
  established('Trusted', { keyExchange: 'X25519', serverSignature: 'RSA-PSS (2048 bits)' }),
  established('Untrusted', { protocol: 'TLSv1.2', cipher: 'ECDHE-RSA-AES256-GCM-SHA384' }),
  established('Anonymous', { protocol: 'TLSv1.2', cipher: 'AECDH-AES256-SHA' }),
  delivery(notVerified(peer), 0.4, [0.01, 0.01, 0.38, 0]),
  delivery(tlsNotOffered(peer), 0.2, [0.01, 0.01, 0.18, 0]),
  delivery(refusedStartTls(reply, peer), 0.2, [0.01, 0.01, 0.18, 0]),
  delivery(noHandshake(peer), 0.3, [0.01, 0.01, 0.28, 0]),
  unverified('no matching record'),
  unverified('name mismatch'),
  unverified('expired'),
  unverified('invalid CA', 1),
  unverified('self-signed'),
  unverified('too much work'),
  verificationFailure(relay, 'untrusted issuer /C=XX/O=Example/CN=Example CA', 1),
  handshakeFailed(peer, 'Connection timed out').text,
  handshakeFailed(peer, '-1').text,
  libraryProblem(peer, 'error:0A000102:SSL routines::unsupported protocol').text,
];

const failed = (cause: Failed['cause'], detail: string): Failed => ({ kind: 'failed', cause, detail });
const host: Zone = { '!example.org MX': mx('mx.example.org'), '!mx.example.org A': ['192.0.2.25'] };
const tlsaOf = '!_25._tcp.mx.example.org TLSA';
const record = (usage: number, matching: number, data: string) => ({
  usage,
  selector: 1,
  matching,
  data: Buffer.from(data, 'hex'),
});
const short = '8A9A70596E869BED';
const whole = `${short}72C69D97A8895DFA586F300A8A0D90AE7E88DC6AF96FD2E9`;
const unsigned: Zone = { 'example.org MX': mx('mx.example.org'), 'mx.example.org A': ['192.0.2.25'] };

/** A resolver's answers, and a level, each with what comes of them. */
const attempts: readonly (readonly [level: SecurityLevel, zone: Zone, rest?: Partial<Circumstances>])[] = [
  ['dane', { ...host, [tlsaOf]: failed('SERVFAIL', 'SERVFAIL: DNSSEC Bogus') }],
  ['dane', { '!example.org MX': failed('SERVFAIL', 'SERVFAIL: DNSKEY Missing') }],
  [
    'dane',
    {
      '!example.org MX': failed(
        'malformed',
        'malformed reply: an answer that the resolver disowns: DNSSEC Bogus',
      ),
    },
  ],
  ['dane', { ...host, [tlsaOf]: failed('malformed', 'malformed reply: no records and no denial of them') }],
  ['dane-only', unsigned],
  ['dane-only', host],
  ['dane-only', { ...host, [tlsaOf]: [record(1, 1, whole)] }],
  [
    'dane',
    {
      ...host,
      [tlsaOf]: [record(1, 1, whole), record(3, 255, short), record(3, 1, short), record(3, 1, '')],
    },
  ],
  ['dane', { ...host, [tlsaOf]: Array.from({ length: 17 }, () => record(3, 1, short)) }],
  // Lost between the search for the route and the look at the host.
  ['dane', host, { validating: lostAfterTheRoute() }],
];

/** True while a route is looked for. */
function lostAfterTheRoute(): () => boolean {
  let asked = 0;
  return () => (asked += 1) <= 2;
}

/** What the policy at `dane` says of the host where that needs no whole attempt. */
function ofPolicy(): readonly string[] {
  const facts: PolicyFacts = {
    asked: { kind: 'level', level: 'dane' },
    settings: usualSettings,
    insecureMxPolicy: 'dane',
    host: 'mx.example.org',
    port: 25,
    mx: 'secure',
    expandedNextHop: 'example.org',
    nextHop: 'example.org',
  };
  const { cause, detail } = failed('timeout', 'no reply from 127.0.0.1:53 by UDP in 3000 ms');
  const unknown = policyWithTlsa(facts, { kind: 'failed', name: facts.host, type: 'CNAME', cause, detail });
  const invalid = policyWithoutTlsa({ ...facts, asked: { kind: 'invalid', reason: 'dane_only' } });
  if (invalid?.kind !== 'skip') throw new Error('an invalid entry is used');
  return [
    ...unknown.warnings.map((text) => tlsaUnusable(text).text),
    policySkipLine('example.org', facts.host, invalid.reason).text,
  ];
}

/** What is written about a resolver of which the probe says this. */
async function ofResolver(zone: Zone): Promise<string> {
  const { lookup } = fakeDns(zone);
  const finding = await askSigned(lookup, { signed: { name: '.', type: 'NS' } });
  const isSound = finding.kind === 'validates';
  const server = {
    name: '127.0.0.1:53',
    what: finding.what,
    standing: isSound ? 'sound' : 'unsound',
  } as const;
  const change = changeText([], [{ ...server, shortcoming: isSound ? undefined : finding }]);
  if (change === undefined) throw new Error('nothing is said');
  return validationChange(change).text;
}

function ofPolicyMap(...lines: readonly string[]): readonly string[] {
  const context = { fingerprints: usualSettings.fingerprints, readFile: () => ({ problem: 'none' }) };
  const { problems } = parsePolicyMap(lines.join('\n'), '/etc/dane-relay/policy', context);
  return problems.map((text) => tableProblem({ component: 'smtp', event: 'TLS policy' }, text).text);
}

let written: readonly string[] = [];
beforeAll(async () => {
  const lines = [
    ...plain,
    ...ofPolicy(),
    ...ofPolicyMap('', '', 'example.org dane_only', '', '', '', '*.example.org dane'),
  ];
  for (const zone of [{ '. NS': ['a.'] }, { '!. NS': 'SERVFAIL' }, { '!. NS': ['a.'] }] as const)
    lines.push(await ofResolver(zone));
  for (const [level, zone, rest] of attempts) {
    const report = await attempt({ zone, level, nextHop: 'example.org', ...rest });
    const { dsn = '', reason = '' } = report;
    const status = { outcome: 'deferred', dsn, reason, scope: 'host' } as const;
    lines.push(...report.lines, delivery(status, 0.55, [0.02, 0.03, 0.5, 0]));
  }
  written = lines;
});

describe('the lines that docs/dane.md quotes', () => {
  test.each(quoted)('%s', (line) => {
    expect(written).toContain(line);
  });

  test('are all kinds of lines that are written here', () => {
    expect(plain.filter((line) => !quoted.includes(line))).toEqual([]);
  });
});
