import * as children from '../../../src/children/log-lines.ts';
import { advice } from '../../../src/config/advice.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { screen } from '../../../src/core/dane/tlsa.ts';
import type { EventName } from '../../../src/core/events/event-table.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import * as life from '../../../src/core/log/log-line.ts';
import type { Message } from '../../../src/core/mail/message.ts';
import type { DeliveryStatus } from '../../../src/core/mail/status.ts';
import { certificateLine, proofLines, tlsaLine } from '../../../src/core/smtp/certificate-lines.ts';
import { verificationFailure } from '../../../src/core/smtp/tls-summary.ts';
import type { TlsFacts } from '../../../src/core/smtp/transaction.ts';
import { mismatch } from '../../../src/core/dane/mismatch.ts';
import * as daemon from '../../../src/daemon/log-lines.ts';
import * as receipts from '../../../src/daemon/receipt-lines.ts';
import * as delivery from '../../../src/delivery/log-lines.ts';
import * as dkim from '../../../src/dkim/log-lines.ts';
import * as tlsrpt from '../../../src/tlsrpt/log-lines.ts';
import * as webhooks from '../../../src/webhooks/log-lines.ts';
import * as http from '../../../src/http/log-lines.ts';
import * as intake from '../../../src/intake/log-lines.ts';
import { linesDropped } from '../../../src/maillog/log-lines.ts';
import * as queue from '../../../src/queue/log/log-lines.ts';
import { QueueError } from '../../../src/queue/redis/queue-error.ts';
import { changeWords } from '../../../src/resolver/root-key-watch.ts';
import { changeText } from '../../../src/resolver/validation-words.ts';
import * as maildrop from '../../../src/maildrop/log-lines.ts';
import * as session from '../../../src/session/log-lines.ts';
import { holdText } from '../../../src/status/event-loop.ts';
import * as status from '../../../src/status/log-lines.ts';
import * as sts from '../../../src/sts/log-lines.ts';
import { fetchError } from '../../../src/core/sts/policy-reply.ts';
import { makeAuthority, makeCertificate } from '../../support/test-ca.ts';

/** A line of each event as the relay writes it, made by the functions that write it. docs/log.md quotes these. */

const queueId = '4jX6Z215f0zwqHvm';
const reportId = '4jX6Z23KsmzwqHvn';
const peer = { host: 'mx.example.org', address: '192.0.2.25', port: 25 };
const relay = 'mx.example.org[192.0.2.25]:25';
const app = { name: 'app.example', address: '192.0.2.7' };
const stranger = { name: 'unknown', address: '203.0.113.9' };
const away = new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable');

const message: Message = {
  queueId,
  envelope: { sender: 'app@app.example', recipients: [], body: '7BIT', smtpUtf8: false },
  arrivedAt: 0,
  size: 439,
  messageId: '<63a82ee8@app.example>',
};
const sent: DeliveryStatus = {
  outcome: 'sent',
  dsn: '2.0.0',
  reason: '250 2.0.0 Ok: queued as 7B1',
  scope: 'recipient',
  relay,
};
const facts: TlsFacts = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] };
const wholeFacts: TlsFacts = {
  ...facts,
  keyExchange: 'X25519',
  serverSignature: 'ECDSA (prime256v1)',
  serverDigest: 'SHA256',
};
const record = { usage: 3, selector: 1, matching: 1, data: Buffer.from('0B9606A4', 'hex') };
const truncated = { ...record, data: Buffer.alloc(0) };
const leaf = makeCertificate({ names: ['mx.example.org'] }, makeAuthority('Example CA'));
const server = { name: '127.0.0.1:53', standing: 'sound', shortcoming: undefined } as const;
const validated = { ...server, what: "dnssec_probe 'ns:.' received a validated response" };

const tlsReport = { domain: 'example.org', day: '2026-11-28' };

const exception = {
  name: 'example.org',
  level: 'may',
  until: Date.UTC(2026, 11, 1),
  reason: 'their new key has no record yet',
  setAt: 5,
  by: 'uid 0',
} as const;

const knownPolicy = {
  policy: { mode: 'enforce', maxAge: 604_800, mx: ['mx.example.org'], lines: [] },
  id: '20260101T000000',
  fetchedAt: Date.UTC(2026, 10, 30, 10),
  expiresAt: Date.UTC(2026, 11, 7, 10),
} as const;
const daneLost = {
  kind: 'lost',
  host: 'mx.example.org',
  of: 'host',
  what: 'MX',
  provedAt: Date.UTC(2026, 10, 29, 10),
  until: Date.UTC(2026, 11, 13, 10),
} as const;
const healthFinding = {
  kind: 'mismatch',
  severity: 'problem',
  where: 'mx.example.org[192.0.2.25]:25',
  text: 'mx.example.org[192.0.2.25]:25: no TLSA record matches what the server shows, while 1 other address is right',
  since: Date.UTC(2026, 10, 29, 10),
} as const;
const stsOfHost = {
  domain: 'example.org',
  host: 'mx.example.net',
  mode: 'enforce',
  id: knownPolicy.id,
  lines: [],
  mx: knownPolicy.policy.mx,
} as const;

const watchedRecords = [{ name: '_25._tcp.mx.example.org', digest: 'd' }];

function made<T>(line: T | undefined): T {
  if (line === undefined) throw new Error('nothing is said');
  return line;
}

const asRoot = made(
  advice(loadConfig({ env: {}, sets: ['hostname=relay.example'] }), 0).find((text) => text.includes('root')),
);

export const logExamples: Readonly<Record<EventName, LogEvent>> = {
  'DKIM keys': dkim.keysRead(4, 2),
  'DKIM signed': dkim.signingLine(queueId, {
    kind: 'signed',
    selector: '20261129-rsa',
    domain: 'app.example',
    algorithm: 'rsa-sha256',
  }),
  'DKIM unsigned': dkim.signingLine(queueId, {
    kind: 'unsigned',
    reason: 'no key for other.example',
    isTrouble: false,
  }),
  'TLS established': session.tlsEstablished(peer, 'Verified', wholeFacts),
  'TLS failed': session.handshakeFailed(peer, '-1'),
  'TLS library': session.libraryProblem(peer, 'error:0A00010B:SSL routines::wrong version number'),
  'TLS lowered': life.loweredLine(queueId, 'mx.example.org'),
  'TLS offered': session.startTlsOffered(peer),
  'TLS policy': daemon.tableRead(
    { component: 'smtp', event: 'TLS policy' },
    '/etc/dane-relay/tls_policy',
    12,
    'policy entries',
  ),
  'TLS-Required ignored': intake.tlsRequiredIgnored(queueId, 'twice'),
  'TLS reused': life.reusedLine(relay, { word: 'Verified', facts }),
  'TLS unanswered': session.helloUnanswered(peer),
  'TLS without a suite': session.noCommonSuite(peer),
  'TLSA record': session.tlsDetail(peer, 'TLSA record', tlsaLine('_25._tcp.mx.example.org', record)),
  'not in STS policy': delivery.stsMismatch({ ...stsOfHost, listed: false }),
  'destination finding': delivery.healthFound('example.org', healthFinding),
  'destination finding over': delivery.healthOver('example.org', healthFinding),
  'DANE lost': delivery.daneLost('example.org', daneLost, false),
  'DANE left': delivery.daneLeft('example.org', 'mx.example.org'),
  'what if': delivery.wouldNotGo('4Qh1Wd0001z1', 'mx.example.org[192.0.2.25]:25', {
    destination: 'example.org',
    host: 'mx.example.org',
    level: 'dane-only',
    verdict: 'waits',
    reason: 'no TLSA records found',
  }),
  'no receipt key': receipts.noReceiptKey('there is no file /etc/dane-relay/receipt.key'),
  'receipts signed': receipts.receiptsSigned(queueId, 1, '3fdiXxUQgLeQrnnlWXv_OoS3Ky0o2pVwYCfTRgt6KwY'),
  'receipts missing': receipts.receiptsMissing(queueId, 1, 'there is no key (receipts.key_file)'),
  'STS policy': sts.policyFetched('example.org', knownPolicy),
  'STS trouble': sts.policyTrouble('example.org', fetchError('http-404', 'HTTP status 404'), undefined),
  'records watched': delivery.recordsWatched('example.org', { records: watchedRecords, nextAt: 300_000 }, 0),
  'records changed': delivery.recordsChanged('example.org', { records: watchedRecords }, 'changed', 3),
  'certificate changed': delivery.certificateChanged('example.org', 3),
  'records not watched': delivery.watchFull('example.org'),
  'TLSA unusable': delivery.tlsaUnusable(made(screen([truncated], '_25._tcp.mx.example.org').warnings[0])),
  active: life.activeLine(message, 1),
  'address table': daemon.tableRead(
    { component: 'cleanup', event: 'address table' },
    '/etc/dane-relay/virtual',
    12,
    'address entries',
  ),
  'address full': delivery.addressFull('192.0.2.25', 50),
  advice: daemon.advised(asRoot),
  'alarm failed': queue.alarmNotSet('example.org', away),
  ambiguous: life.ambiguousLine(queueId, 1, relay, 'resend'),
  bug: delivery.deliveryBug(queueId, 'TypeError: x is not a function | at deliver (deliver.js:1:1)'),
  certificate: session.tlsDetail(peer, 'certificate', certificateLine(relay, leaf.der)),
  'certificate matched': session.tlsDetail(
    peer,
    'certificate matched',
    made(proofLines(relay, { record, depth: 0 })[0]),
  ),
  'chain unread': session.chainUnread(peer),
  child: children.leftBehind('unbound', 4711),
  'claims interrupted': queue.claimsInterrupted('example.org', 3),
  'client TLS': intake.tlsEstablished(app, {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    bits: [256, 256],
    serverKey: { type: 'ec', curve: 'prime256v1' },
  }),
  'client TLS failed': intake.tlsFailed(app, 'lost connection'),
  'client replaced': intake.xclientTaken(
    { name: 'proxy.example', address: '192.0.2.9' },
    {
      ...app,
      user: 'app',
      listener: 'mail',
      isLocal: false,
      certificateMayRelay: false,
      isHealthCheck: false,
    },
  ),
  'client connected': intake.connected(app),
  'client disconnected': intake.disconnected(app, 'ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5'),
  'client foreign': intake.foreign(stranger, 'GET / HTTP/1.1'),
  'client limit': intake.excess(app, { of: 'connections', count: 51 }),
  'client lost': intake.lost(app, 'RCPT'),
  'client out of turn': intake.outOfTurn(stranger, 'DATA'),
  'client timeout': intake.timedOut(app, 'DATA (123 bytes)'),
  'clock set back': queue.clockSetBack('example.org', 3),
  'connect failed': session.connectFailed(peer, `connect to ${relay}: Connection refused`),
  'content altered': life.contentLine(queueId, 'breaking line > 998 bytes with <CR><LF>SPACE'),
  'content removed': queue.unfinishedRemoved(queueId),
  'content unreadable': session.contentUnreadable(peer, 'Redis is not reachable'),
  'acts not logged': queue.notesLost(12),
  deleted: queue.operatorAct({ queueId, act: 'deleted', at: 0, isLate: false }),
  delivery: life.deliveryLine({
    queueId,
    recipient: { address: 'user@example.org' },
    status: sent,
    delays: { total: 0.03, parts: [0.01, 0.01, 0.01, 0] },
    connectionUse: 1,
  }),
  'destination waits': queue.destinationWaits('example.org', away),
  'early data': session.earlyData(peer),
  'page token unknown': status.tokenRefused('192.0.2.7'),
  'event loop held': status.eventLoopHeld(holdText({ heldMs: 2310, workMs: 2280 }), {
    heldMs: 2310,
    workMs: 2280,
  }),
  'exception expired': daemon.exceptionExpired(exception),
  'exception removed': daemon.exceptionActed({ act: 'removed', exception, by: 'uid 0', at: 5 }, 5),
  'exception set': daemon.exceptionActed({ act: 'set', exception, by: 'uid 0', at: 5 }, 5),
  'exception unreadable': daemon.exceptionUnreadable('example.org'),
  'exception used': delivery.exceptionUsed('example.org', exception),
  expired: life.expiredLine(message),
  held: life.heldLine(queueId, 1),
  'file limit': daemon.tooFewFiles(1024, 4200),
  watchdog: daemon.silentParts(['the watch over Redis'], 60_000),
  'host failed': life.nextHostLine(
    queueId,
    'host mx1.example.org[192.0.2.25] said: 451 4.3.2 Please try again later (in reply to MAIL FROM command)',
  ),
  'host skipped': life.policySkipLine(
    'example.org',
    'mx.example.org',
    'TLSA lookup error for mx.example.org:25',
  ),
  'http listening': daemon.httpListening(['127.0.0.1:8025']),
  'http request refused': http.requestRefused(
    { name: 'localhost', address: '127.0.0.1' },
    { method: 'POST', path: '/v1/messages', user: 'shop' },
    { status: 422, detail: '#/subject: a text is wanted' },
  ),
  'http token unknown': http.tokenUnknown({ name: 'localhost', address: '127.0.0.1' }),
  'http tokens': daemon.tableRead(
    { component: 'smtpd', event: 'http tokens' },
    '/var/lib/dane-relay/http-tokens',
    3,
    'tokens',
  ),
  listening: daemon.listeningOn(['127.0.0.1:2525'], '/var/lib/dane-relay'),
  'listener certificate': daemon.certificateExpires(
    'submission',
    '/etc/dane-relay/tls.pem',
    Date.UTC(2026, 11, 24, 12),
  ),
  'log file': daemon.notReadAgain(
    { component: 'master', event: 'log file' },
    'lines go on into the old one',
    new Error(`EACCES: permission denied, open '/var/log/relay/mail.log'`),
  ),
  'log lines dropped': linesDropped(312, 'ENOSPC: no space left on device, write'),
  login: daemon.tableRead(
    { component: 'smtp', event: 'login' },
    '/etc/dane-relay/sasl_passwd',
    3,
    'password entries',
  ),
  'lookup failed': delivery.lookupFailed('example.org', 'MX', {
    kind: 'failed',
    cause: 'SERVFAIL',
    detail: 'the server failed (SERVFAIL)',
  }),
  loop: session.ownHelloName(peer, 'relay.example'),
  'mail refused': queue.mailRefused(away),
  'mail taken again': queue.mailTakenAgain(12),
  'malformed MX': delivery.malformedMx('example.org', '127.0.0.01'),
  'maildrop refused': maildrop.maildropRefused('n4m3Zz8Khq8XzG6yGsMyp0T88', {
    uid: 33,
    why: '552 5.3.4 Error: message file too big',
    where: '/var/spool/dane-relay/corrupt',
  }),
  'maildrop trouble': maildrop.notPickedUp("EACCES: permission denied, mkdir '/var/spool/dane-relay'"),
  'message found': queue.messageFound(queueId),
  'message twice': queue.messageTwice(queueId),
  'message withdrawn': queue.messageWithdrawn(queueId),
  'message-id': intake.messageId(queueId, message.messageId),
  'memory limit': intake.memoryUsedUp(128 * 1024 ** 2),
  moved: delivery.movedTo({ queueId, from: 'old.example', to: '[mail.example.net]:587', recipients: 1 }),
  'numeric MX': delivery.numericMx('example.org', '192.0.2.25'),
  'outcome not stored': delivery.outcomeNotStored(queueId, 'Redis is not reachable'),
  'proxy trouble': intake.proxyTrouble({ name: 'balancer.example', address: '192.0.2.9' }, 'no PROXY header'),
  'picked up': intake.pickedUp(queueId, 33, 'www-data'),
  'queue files': children.lastWriteCutOff(
    '/var/lib/dane-relay/redis/appendonlydir/appendonly.aof.1.incr.aof',
    378,
    '/var/lib/dane-relay/redis/cut-off/20261129T145920123Z-appendonly.aof.1.incr.aof',
  ),
  'login impossible': intake.loginImpossible(app, 'PLAIN', 'too many logins at the same time'),
  'login refused': intake.loginRefused(
    { name: 'unknown', address: '203.0.113.9' },
    { mechanism: 'LOGIN', reason: 'wrong user or password', user: 'root' },
  ),
  'sender rights': daemon.tableRead(
    { component: 'smtpd', event: 'sender rights' },
    '/etc/dane-relay/senders',
    12,
    'senders',
  ),
  queued: intake.queued(queueId, app),
  ready: daemon.ready(['127.0.0.1:2525']),
  'record unreadable': queue.recordUnreadable(queueId, new Error('queue record of unknown version 3')),
  'redis confirmed': queue.takenOnTrust(['appendonly', 'appendfsync']),
  'redis master': queue.masterChanged(
    { host: '192.0.2.10', port: 6379, epoch: 6 },
    { host: '192.0.2.11', port: 6379, epoch: 7 },
  ),
  'redis rewrite': queue.rewritten(),
  rejected: intake.rejected(stranger, {
    queueId: undefined,
    stage: 'RCPT',
    reply: '554 5.7.1 <u@other.example>: Relay access denied',
    sender: 's@x.example',
    recipient: 'u@other.example',
    protocol: 'ESMTP',
    helo: 'x',
  }),
  'relayhost problem': delivery.relayhostProblem('relayhost'),
  released: queue.operatorAct({ queueId, act: 'released', at: 0, isLate: false }),
  'placed on hold': queue.operatorAct({ queueId, act: 'placed on hold', at: 0, isLate: false }),
  requeued: queue.operatorAct({ queueId, act: 'requeued', at: 0, isLate: false }),
  retried: queue.operatorAct({ queueId, act: 'retried', at: 0, isLate: false }),
  'sent over': queue.operatorAct({
    queueId,
    act: 'sent over',
    at: 0,
    isLate: false,
    peer: 'redis://mail2.example.org dane-relay',
  }),
  'taken over': queue.operatorAct({
    queueId,
    act: 'taken over',
    at: 0,
    isLate: false,
    peer: 'mail1.example.org dane-relay',
  }),
  'force expired': queue.operatorAct({ queueId, act: 'force expired', at: 0, isLate: false }),
  removed: life.removedLine(queueId),
  report: life.reportLine(queueId, reportId, { kind: 'failure', audience: 'sender' }),
  'report discarded': life.discardedLine(reportId, 'postmaster'),
  resolver: daemon.usesPrivateUnbound({ address: '127.0.0.1', port: 5353 }),
  resources: status.resourceShort('59100 of 65536 files that may be open are'),
  revived: life.revivedLine('down.example'),
  'root key': daemon.ofRootKeys('info', made(changeWords({ keyTag: 38696, from: 'unknown', to: 'pending' }))),
  'sender limit': intake.senderExcess(app, { of: 'user', what: 'messages', name: 'printer', count: 61 }),
  settings: daemon.configured('/etc/dane-relay/relay.toml'),
  shortage: session.shortageOf(peer, `connect to ${relay}: Too many open files`),
  'stop trouble': daemon.notStopped('queue', away),
  stopping: daemon.stops(false),
  'store trouble': intake.storeTrouble(queueId, away),
  'stray line': life.strayLine(relay, 'Welcome', queueId),
  suspended: life.suspendedLine('down.example', {
    since: 0,
    until: 300_000,
    cause: {
      dsn: '4.4.1',
      reason: 'connect to mx.down.example[192.0.2.99]:25: Connection refused',
    },
  }),
  'sweep failed': queue.sweepFailed(new QueueError('QUEUE_UNAVAILABLE', 'Redis does not answer')),
  'transport table': daemon.tableRead(
    { component: 'qmgr', event: 'transport table' },
    '/etc/dane-relay/transport',
    12,
    'transport entries',
  ),
  users: daemon.tableRead({ component: 'smtpd', event: 'users' }, '/etc/dane-relay/users', 3, 'users'),
  validation: daemon.validationChange(made(changeText([], [validated]))),
  'TLS report dropped': tlsrpt.reportDropped(tlsReport, 'no record'),
  'TLS report key missing': tlsrpt.noKeyForReports('relay.example.org'),
  'TLS report not taken': tlsrpt.reportNotTaken(
    tlsReport,
    'https://tls.example.org/v1',
    'answers 503',
    Date.UTC(2026, 10, 29, 1, 5),
  ),
  'TLS report sent': tlsrpt.reportSent(tlsReport, 'mailto:tls@example.org', {
    reportId: '20261128.example.org.1@relay.example.org',
    successes: 412,
    failures: 3,
  }),
  'webhook dropped': webhooks.eventsDropped('shop', 12, 'no room for them (http.webhook_queue_limit)'),
  'webhook failed': webhooks.webhookFailed('shop', 'answers 503'),
  'webhook works': webhooks.webhookWorks('shop'),
  'verification failed': session.verificationFailed(
    peer,
    verificationFailure(relay, mismatch('no matching record', 0).detail, 0),
  ),
};
