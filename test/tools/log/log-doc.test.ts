import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { eventNames, type EventName } from '../../../src/core/log/event-names.ts';
import { codeBlocks } from '../code-blocks.ts';

/** docs/log.md has every event there is, and a line for each that its source can write. */

const root = path.join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/log.md');

interface Row {
  readonly event: string;
  readonly component: string;
  readonly line: string;
}

const rows: readonly Row[] = [
  ...page.matchAll(/^\| `(?<event>[^`]+)` \| (?<component>\w+) \| `(?<line>.+?)` \| .+ \| .+ \|$/gm),
].map(({ groups }) => ({
  event: groups?.['event'] ?? '',
  component: groups?.['component'] ?? '',
  line: groups?.['line'] ?? '',
}));

/** The pieces of a template, as they stand in one of the sources. */
type Template = readonly string[];

/** Texts of all sources, where the lines are written. */
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => read(path.join('src', name)));

const templates: Readonly<Record<EventName, Template>> = {
  'DKIM keys': ['DKIM: ${keys} keys of ${domains} domains'],
  'DKIM signed': ['${queueId}: ${signingText(note)}'],
  'DKIM unsigned': ['${queueId}: ${signingText(note)}'],
  'TLS established': [
    '${word} TLS connection ${made} to ${relay}: ${tlsDetails(facts)}',
    '${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)',
    ' key-exchange ${keyExchange}',
    ' server-signature ${serverSignature}',
    ' server-digest ${serverDigest}',
  ],
  'TLS failed': ['SSL_connect error to ${relayName(peer)}: ${failure.reason}'],
  'TLS library': ['TLS library problem: ${words}'],
  'TLS offered': ['Host offered STARTTLS: [${peer.host}]'],
  'TLS policy': ['${tls.policyMaps}: ${entries.size} policy entries'],
  'TLS reused': [
    '${word} TLS connection ${made} to ${relay}: ${tlsDetails(facts)}',
    '${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)',
  ],
  'TLS unanswered': ['no answer to ClientHello from ${relay}: trying again with a smaller one'],
  'TLS without a suite': ['no cipher suite in common with ${relay}: trying again with DHE'],
  'TLSA record': ['DNSSEC-signed TLSA record: ${owner}: ${recordText(record)}'],
  'TLSA unusable': ['${owner}: truncated TLSA RR'],
  active: ['${queueId}: from=<${from}>, size=${size}, nrcpt=${recipients} (queue active)'],
  'address full': [
    '${address}: ${limit} connections, further mail for hosts there waits (delivery.address_concurrency_limit)',
  ],
  advice: ['runs as root, and so do its Redis and Unbound: a user of its own needs no privileges'],
  'alarm failed': ['alarm for ${destination} not set, the sweeper will: ${queueWords(error)}'],
  ambiguous: ['${queueId}: ${where}nrcpt=${recipients}, final dot was sent, no reply seen: mail ${next}'],
  bug: ['${queueId}: internal error, delivery deferred: ${words}'],
  certificate: [
    '${relay}: subject_CN=${name}, issuer=${issuer.text}, ',
    'cert fingerprint=${fingerprint(der)}, pkey fingerprint=${fingerprint(spki)}',
  ],
  'certificate matched': [
    '${relay}: Matched DANE ${matched(record)} at depth ${depth}: ${recordText(record)}',
  ],
  'chain unread': ['cannot read the certificates of ${relay} beyond its own'],
  child: ['unbound: process ${orphan.pid} was left behind by a relay that was killed; replacing it'],
  'claims interrupted': ['${orphans} deliveries to ${destination} were interrupted and start again'],
  'client TLS': [
    '${word} TLS connection established from ${show(client)}: ${tlsDetails(tlsFacts(tls))}',
    '${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)',
    ' server-signature ${serverSignature}',
    ' server-digest ${serverDigest}',
  ],
  'client TLS failed': ['SSL_accept error from ${show(client)}: ${why}'],
  'client connected': ['connect from ${show(client)}'],
  'client disconnected': ['disconnect from ${show(client)} ${counts}'],
  'client foreign': ['non-SMTP command from ${show(client)}: ${shown}'],
  'sender limit': ['${limit} of ${of} ${name} exceeded: ${count} from ${show(client)} for service smtpd'],
  'address table': ['${file}: ${entries.size} address entries'],
  'client limit': ['${limits[of]} exceeded: ${count} from ${show(client)} for service smtpd'],
  'client lost': ['lost connection after ${stage} from ${show(client)}'],
  'client out of turn': ['improper command pipelining after ${verb} from ${show(client)}'],
  'client replaced': ['XCLIENT from ${show(peer)}: client=${show(client)}${login}'],
  'client timeout': ['timeout after ${stage} from ${show(client)}'],
  'clock set back': [
    '${late} deliveries to ${destination} were due later than they can be, as after a clock is set back: they are due now',
  ],
  'connect failed': ['connect to ${relayName(peer)}: ${errorText}'],
  'content altered': ['${queueId}: ${what}'],
  'content removed': ['${queueId}: unfinished content removed'],
  'content unreadable': ['cannot read message content for ${relayName(peer)}: ${localError}'],
  deleted: ['${queueId}: ${texts[act] ?? act}${late}'],
  delivery: [
    '${queueId}: to=<${to}>${named}, relay=${relay}${reused}, delay=${formatDelay(delays.total)}, delays=${parts}, ',
    'dsn=${status.dsn}, status=${status.outcome} (${status.reason})',
  ],
  'destination waits': ['delivery to ${destination} waits: ${error.message}'],
  'early data': ['${relay} sent more than its reply to STARTTLS: discarded'],
  'event loop held': ['the event loop was held: ${holdText(hold)}'],
  expired: ['${queueId}: from=<${from}>, status=expired, returned to sender'],
  held: ['${queueId}: nrcpt=${recipients}, held until "queue release" or "queue delete"'],
  'file limit': [
    '${allowed} files may be open at the same time, and this configuration may need ${wanted}: ',
    'raise the limit (LimitNOFILE of systemd, ulimit -n), or lower intake.client_limit or delivery.active_destinations',
  ],
  'host failed': ['${queueId}: ${reason}'],
  'http listening': ["submission over HTTP on ${where.join(', ')}"],
  'http request refused': [
    'NOQUEUE: reject: ${what} from ${name}[${address}]: ${status} ${asciiLine(detail, 300)}${who}',
  ],
  'http token unknown': [
    '${name}[${address}]: SASL BEARER authentication failed: unknown token, sasl_username=unknown',
  ],
  'http tokens': ['${path}: ${tokens.length} tokens'],
  'host skipped': ['TLS policy lookup for ${nextHop}/${host}: ${reason}'],
  'listener certificate': ['listener ${listener}: ${file} expires at ${dateOf(notAfter)}'],
  listening: ['listening on ${where}, data in ${dataDir}'],
  'log file': ['not read again, ${otherwise}: ${messageOf(error)}'],
  'log lines dropped': ['${count} log lines were dropped: ${reason}'],
  login: ['${file}: ${entries.size} password entries'],
  'lookup failed': ['DNS lookup problem: Name service error for name=${name} type=${type}: ${detail}'],
  loop: ['host ${relayName(peer)} replied to HELO/EHLO with my own hostname ${ourName}'],
  'mail refused': ['no mail is taken: ${error.message}'],
  'mail taken again': ['mail is taken again, after ${seconds} s'],
  'message found': ['${queueId}: message that waited for nobody, due again'],
  'message twice': ['${queueId}: stored although the client was told to send it again: it may arrive twice'],
  'message withdrawn': ['${queueId}: given up, the client was told to send it again'],
  'malformed MX': ['malformed domain name in resource data of MX record for ${domain}: ${name}'],
  'message-id': ["${queueId}: message-id=${id || '<>'}"],
  'memory limit': [
    'what clients have open takes ${size} MiB: further recipients and content are refused for the moment (intake.memory_limit)',
  ],
  moved: ['${queueId}: next hop of nrcpt=${recipients} changed from ${from} to ${to}'],
  'numeric MX': ['numeric domain name in resource data of MX record for ${domain}: ${name}'],
  'outcome not stored': ['${queueId}: the outcome could not be stored: ${words}'],
  'proxy trouble': ['PROXY protocol: ${why} from ${show(peer)}'],
  'queue files': [
    '${path}: its last write was cut off, as by a power failure: ${tailBytes} octets that no client has a 250 for are taken off, and kept in ${kept}',
  ],
  queued: ['${queueId}: client=${show(client)}'],
  ready: ['ready'],
  settings: ["settings from ${file ?? 'no file'}"],
  'record unreadable': ['${queueId}: cannot read the queue record: ${String(error)}'],
  'redis rewrite': ['Redis has rewritten its append-only file'],
  rejected: ["${queueId ?? 'NOQUEUE'}: reject: ${stage} from ${show(client)}: ${reply}; ${facts.join(' ')}"],
  'relayhost problem': ['${namedIn} configuration problem'],
  released: ['${queueId}: ${texts[act] ?? act}${late}'],
  removed: ['${queueId}: removed'],
  report: ['${queueId}: ${audience} ${notifications[kind]}: ${reportId}'],
  'report discarded': [
    "${queueId}: undeliverable ${ofPostmaster ? 'postmaster notification' : 'report, there is no sender to tell:'} discarded",
  ],
  resolver: ['using a private Unbound at ${unbound.address}:${unbound.port}'],
  resources: ['${openFiles} of ${limits.files} files that may be open are'],
  'root key': ['root key ${keyTag}: ${what}'],
  revived: ['${destination}: at work again'],
  shortage: ['connect to ${relayName(peer)}: ${errorText}'],
  'stop trouble': ['${part} did not stop cleanly: ${messageOf(error)}'],
  stopping: ['stopping'],
  'store trouble': ["${queueId}: queue file write error: ${joinLines(error.message, ' | ')}"],
  'stray line': ['${about}non-ESMTP response from ${relay}: ${text}'],
  suspended: [
    '${destination}: deliveries are suspended for ${formatDelay((until - since) / 1000)} s: ${cause.reason}',
  ],
  'sweep failed': ['queue sweep failed: ${queueWords(error)}'],
  'transport table': ['${file}: ${entries.size} transport entries'],
  users: ['${file}: ${users.size} users'],
  validation: ["DNSSEC validation is available: ${list(sound, servers.length > 1)}${leftOut.join('')}"],
  'verification failed': [
    "${speaksOfOne ? which : ''}certificate verification failed for ${relay}: ${detail}",
  ],
};

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function pattern(pieces: Template): RegExp {
  const parts = pieces.join('').split(/\$\{(.*?)\}/);
  return new RegExp(`^${parts.map((part, at) => (at % 2 === 0 ? literally(part) : '.*')).join('')}$`);
}

describe('docs/log.md', () => {
  it('has a row for each event, and no other', () => {
    expect(rows.map(({ event }) => event).toSorted()).toEqual([...eventNames].toSorted());
  });

  test.each(rows)('quotes a line that is written: $event', ({ event, line }) => {
    const template = templates[event as EventName];
    expect(line).toMatch(pattern(template));
    const isThere = (source: string): boolean => template.every((piece) => source.includes(piece));
    expect(sources.some(isThere), template.join(' ')).toBe(true);
  });

  it('shows the life of a message in lines of these kinds', () => {
    const life = codeBlocks(page, 'log').flatMap((block) => block.trimEnd().split('\n'));
    expect(life.length).toBeGreaterThan(8);
    for (const line of life) {
      const [, component, text = ''] = /dane-relay\/(\w+)\[812\]: (.*)$/.exec(line) ?? [];
      const kinds = rows.filter((row) => row.component === component);
      expect(
        kinds.some(({ event }) => pattern(templates[event as EventName]).test(text)),
        line,
      ).toBe(true);
    }
  });
});
