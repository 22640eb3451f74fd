import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { eventNames, type EventName } from '../../../src/core/outcome/event-names.ts';
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

/** A source, and the pieces of the template in it that make the line. */
type Template = readonly [file: string, ...pieces: readonly string[]];

const lines = 'src/core/outcome/log-line.ts';
const door = 'src/intake/log-lines.ts';
const proofs = 'src/core/smtp/certificate-lines.ts';
const summary = 'src/core/smtp/tls-summary.ts';

const templates: Readonly<Record<EventName, Template>> = {
  'TLS established': [
    summary,
    '${word} TLS connection ${made} to ${relay}: ${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)',
    ' key-exchange ${keyExchange}',
    ' server-signature ${serverSignature}',
    ' server-digest ${serverDigest}',
  ],
  'TLS failed': ['src/session/start-tls.ts', 'SSL_connect error to ${relayName(peer)}: ${failure.reason}'],
  'TLS library': ['src/session/start-tls.ts', 'TLS library problem: ${failure.library}'],
  'TLS offered': ['src/session/connect.ts', 'Host offered STARTTLS: [${peer.host}]'],
  'TLS policy': [
    'src/daemon/tls-policies.ts',
    '${tls.policyMaps}: ${current.map.entries.size} policy entries',
  ],
  'TLS reused': [
    summary,
    '${word} TLS connection ${made} to ${relay}: ${facts.protocol} with cipher ${facts.cipher} (${used}/${algorithm} bits)',
  ],
  'TLS unanswered': [
    'src/session/connect.ts',
    'no answer to ClientHello from ${relayName(setup.peer)}: trying again with a smaller one',
  ],
  'TLSA record': [proofs, 'DNSSEC-signed TLSA record: ${owner}: ${recordText(record)}'],
  'TLSA unusable': ['src/core/dane/tlsa.ts', '${owner}: truncated TLSA RR'],
  active: [lines, '${queueId}: from=<${envelope.sender}>, size=${size}, nrcpt=${recipients} (queue active)'],
  'alarm failed': [
    'src/queue/alarms.ts',
    'alarm for ${ring.destination} not set, the sweeper will: ${String(error)}',
  ],
  ambiguous: [
    lines,
    '${queueId}: ${where}nrcpt=${recipients}, final dot was sent, no reply seen: mail ${next}',
  ],
  bug: [
    'src/delivery/serve-destination.ts',
    '${queueId}: internal error, delivery deferred: ${stackOf(error)}',
  ],
  certificate: [
    proofs,
    '${relay}: subject_CN=${name}, issuer=${issuer.text}, ',
    'cert fingerprint=${fingerprint(der)}, pkey fingerprint=${fingerprint(spki)}',
  ],
  'certificate matched': [
    proofs,
    '${relay}: Matched DANE ${matched(record)} at depth ${depth}: ${recordText(record)}',
  ],
  child: [
    'src/children/managed-unbound.ts',
    'unbound: process ${orphan.pid} was left behind by a relay that was killed; replacing it',
  ],
  'claims interrupted': [
    'src/queue/lease.ts',
    '${orphans} deliveries to ${destination} were interrupted and start again',
  ],
  'client connected': [door, 'connect from ${show(peer)}'],
  'client disconnected': [door, 'disconnect from ${show(peer)} ${counts}'],
  'client foreign': [door, 'non-SMTP command from ${show(peer)}: ${shown}'],
  'client limit': [door, '${limits[of]} exceeded: ${count} from ${show(peer)} for service smtpd'],
  'client lost': [door, 'lost connection after ${stage} from ${show(peer)}'],
  'client out of turn': [door, 'improper command pipelining after ${verb} from ${show(peer)}'],
  'client timeout': [door, 'timeout after ${stage} from ${show(peer)}'],
  'connect failed': ['src/session/network-trouble.ts', 'connect to ${relayName(peer)}: ${errorText}'],
  'content altered': [lines, '${queueId}: ${what}'],
  'content removed': ['src/queue/sweeper.ts', '${queueId}: unfinished content removed'],
  'content unreadable': [
    'src/session/content.ts',
    'cannot read message content for ${relayName(peer)}: ${localError}',
  ],
  delivery: [
    lines,
    '${queueId}: to=<${recipient}>, relay=${relay}${reused}, delay=${formatDelay(delays.total)}, delays=${parts}, ',
    'dsn=${status.dsn}, status=${status.outcome} (${status.reason})',
  ],
  'destination waits': ['src/queue/serve.ts', 'delivery to ${lease.destination} waits: ${error.message}'],
  'early data': ['src/session/start-tls.ts', '${relay} sent more than its reply to STARTTLS: discarded'],
  expired: [lines, '${queueId}: from=<${envelope.sender}>, status=expired, returned to sender'],
  held: [lines, '${queueId}: nrcpt=${recipients}, held until "queue release" or "queue delete"'],
  'file limit': [
    'src/daemon/open-files.ts',
    '${allowed} files may be open at the same time, and this configuration may need ${wanted}: ',
    'raise the limit (LimitNOFILE of systemd, ulimit -n), or lower intake.client_limit or delivery.active_destinations',
  ],
  'host failed': [lines, '${queueId}: ${reason}'],
  'host skipped': [lines, 'TLS policy lookup for ${nextHop}/${host}: ${reason}'],
  listening: [
    'src/daemon/start-daemon.ts',
    "listening on ${where.join(', ') || 'nothing: deliveries only'}, data in ${dataDir}",
  ],
  login: ['src/daemon/logins.ts', '${file}: ${map.entries.size} password entries'],
  'lookup failed': [
    'src/delivery/find-addresses.ts',
    'DNS lookup problem: Name service error for name=${name} type=${type}: ${detail}',
  ],
  loop: [
    'src/session/connect.ts',
    'host ${relayName(peer)} replied to HELO/EHLO with my own hostname ${options.heloName}',
  ],
  'mail refused': ['src/queue/redis-watch.ts', 'no mail is taken: ${next.error.message}'],
  'mail taken again': [
    'src/queue/redis-watch.ts',
    'mail is taken again, after ${Math.round((now() - since) / 1000)} s',
  ],
  'message found': ['src/queue/orphans.ts', '${queueId}: ${what}'],
  'message twice': [
    'src/queue/doubt.ts',
    '${queueId}: stored although the client was told to send it again: it may arrive twice',
  ],
  'message withdrawn': ['src/queue/doubt.ts', '${queueId}: given up, the client was told to send it again'],
  'message-id': [door, "${queueId}: message-id=${id || '<>'}"],
  moved: [
    'src/delivery/rerouting.ts',
    '${queueId}: next hop of nrcpt=${length} changed from ${supply.destination} to ${nextHop}',
  ],
  'numeric MX': [
    'src/delivery/find-addresses.ts',
    'numeric domain name in resource data of MX record for ${domain}: ${name}',
  ],
  'outcome not stored': [
    'src/delivery/serve-destination.ts',
    '${queueId}: the outcome could not be stored: ${stackOf(error)}',
  ],
  queued: [door, '${queueId}: client=${show(peer)}'],
  ready: ['src/daemon/start-daemon.ts', 'ready'],
  'record unreadable': ['src/queue/lease.ts', '${text(id)}: cannot read the queue record: ${String(error)}'],
  'redis rewrite': ['src/queue/redis-watch.ts', 'Redis has rewritten its append-only file'],
  rejected: [
    door,
    "${queueId ?? 'NOQUEUE'}: reject: ${stage} from ${show(peer)}: ${reply}; ${facts.join(' ')}",
  ],
  'relayhost problem': ['src/delivery/find-route.ts', '${namedIn} configuration problem'],
  removed: [lines, '${queueId}: removed'],
  report: [lines, '${queueId}: ${audience} ${notifications[kind]}: ${reportId}'],
  'report discarded': [
    lines,
    "${queueId}: undeliverable ${ofPostmaster ? 'postmaster notification' : 'report, there is no sender to tell:'} discarded",
  ],
  resolver: ['src/daemon/resolving.ts', 'using a private Unbound at ${unbound.address}:${unbound.port}'],
  revived: [lines, '${destination}: at work again'],
  'stop trouble': ['src/daemon/start-daemon.ts', '${name} did not stop cleanly: ${String(error)}'],
  stopping: ['src/daemon/start-daemon.ts', 'stopping'],
  'store trouble': [door, '${queueId}: queue file write error: ${oneLine(error.message)}'],
  suspended: [
    lines,
    '${destination}: deliveries are suspended for ${formatDelay((until - since) / 1000)} s: ${cause.reason}',
  ],
  'sweep failed': ['src/queue/open-queue.ts', 'queue sweep failed: ${String(error)}'],
  'transport table': ['src/daemon/transports.ts', '${file}: ${table.entries.size} transport entries'],
  validation: [
    'src/resolver/validation-words.ts',
    "DNSSEC validation is available: ${list(sound, servers.length > 1)}${leftOut.join('')}",
  ],
  'verification failed': [
    summary,
    "${speaksOfOne ? which : ''}certificate verification failed for ${relay}: ${detail}",
  ],
};

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function pattern([, ...pieces]: Template): RegExp {
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
    for (const piece of template.slice(1)) expect(read(template[0])).toContain(piece);
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
