import type { Message } from '../../../src/core/mail/message.ts';
import type { DeliveryStatus } from '../../../src/core/mail/status.ts';
import { delaysOf } from '../../../src/core/log/delays.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import {
  activeLine,
  deliveryLine,
  expiredLine,
  messageIdLine,
  nextHostLine,
  policySkipLine,
  removedLine,
  reportLine,
  reusedLine,
} from '../../../src/core/log/log-line.ts';
import { queueId } from '../../../src/core/mail/queue-id.ts';
import { tlsSummary } from '../../../src/core/smtp/tls-summary.ts';
import { connected, disconnected, lost, queued, rejected, timedOut } from '../../../src/intake/log-lines.ts';
import { postfixLine, syslogTime } from '../../../src/maillog/line-format.ts';

/** What was put into the day, counted while it was written: nothing here is read back from the lines. */
export interface Ledger {
  received: number;
  delivered: number;
  deferrals: number;
  deferredMessages: number;
  bounced: number;
  rejected: number;
  bytesReceived: number;
  bytesDelivered: number;
  tls: Record<string, number>;
  /** Messages by the domain of their sender, deliveries and deferrals by that of their recipient. */
  senders: Record<string, number>;
  /** Senders in full. */
  mailboxes: Record<string, number>;
  recipients: Record<string, number>;
  deferredDomains: Record<string, number>;
  /** By the reason that a summary shows. */
  deferredReasons: Record<string, number>;
  bouncedReasons: Record<string, number>;
  skips: number;
}

const facts = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: [256, 256] } as const;
const client = { name: 'app.example', address: '192.0.2.7' };
const client6 = { name: 'unknown', address: '2001:db8::7' };

interface Sending {
  readonly from: string;
  readonly to: readonly string[];
  readonly size: number;
}

/** A day of a relay, told by the functions that write its log, at a clock of its own. */
export class DayOfMail {
  readonly ledger: Ledger = {
    received: 0,
    delivered: 0,
    deferrals: 0,
    deferredMessages: 0,
    bounced: 0,
    rejected: 0,
    bytesReceived: 0,
    bytesDelivered: 0,
    tls: {},
    senders: {},
    mailboxes: {},
    recipients: {},
    deferredDomains: {},
    deferredReasons: {},
    bouncedReasons: {},
    skips: 0,
  };
  readonly #lines: string[] = [];
  #now: number;
  #ids = 0;
  readonly #deferred = new Set<string>();

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  say(event: LogEvent): void {
    const [, id] = /^([0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{12,}): /.exec(event.text) ?? [];
    if (id !== undefined && event.fields?.['queueId'] !== id) throw new Error(`no queueId: ${event.text}`);
    this.#lines.push(postfixLine(event, syslogTime(new Date(this.#now)), 'relay', 'postfix', 812));
  }

  /** A client hands in a message and leaves. */
  accept({ from, to, size }: Sending, peer = client): Message {
    this.say(connected(peer));
    const message = this.#message(from, to, size);
    this.say(queued(message.queueId, peer));
    this.say(messageIdLine(message.queueId, message.messageId));
    this.say(activeLine(message, to.length));
    this.say(disconnected(peer, 'ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5'));
    this.ledger.received += 1;
    this.ledger.bytesReceived += size;
    add(this.ledger.mailboxes, from);
    add(this.ledger.senders, domainOf(from) || peer.name);
    return message;
  }

  reject(recipient: string, reply: string): void {
    this.say(connected(client6));
    const said = { sender: 's@evil.example', recipient, protocol: 'ESMTP', helo: 'x' };
    this.say(rejected(client6, { queueId: undefined, stage: 'RCPT', reply, ...said }));
    this.say(lost(client6, 'RCPT'));
    this.say(disconnected(client6, 'ehlo=1 mail=1 rcpt=0/1 commands=2/3'));
    this.ledger.rejected += 1;
  }

  silence(): void {
    this.say(connected(client));
    this.say(timedOut(client, 'DATA (123 bytes)'));
    this.say(disconnected(client, 'ehlo=1 commands=1'));
  }

  connect(word: 'Verified' | 'Trusted' | 'Untrusted' | 'Anonymous', relay: string): void {
    const event = 'TLS established';
    this.say({ component: 'smtp', severity: 'info', event, text: tlsSummary(word, relay, facts) });
    add(this.ledger.tls, word);
  }

  reuse(relay: string): void {
    this.say(reusedLine(relay, { word: 'Verified', facts }));
  }

  skip(nextHop: string, host: string, reason: string): void {
    this.say(policySkipLine(nextHop, host, reason));
    this.ledger.skips += 1;
  }

  tryNext(message: Message, reason: string): void {
    this.say(nextHostLine(message.queueId, reason));
  }

  /** One attempt at one recipient. `shown` is the reason as a summary prints it. */
  attempt(message: Message, recipient: string, status: DeliveryStatus, shown = '', connectionUse = 1): void {
    const stamps = { arrivedAt: message.arrivedAt, activeAt: message.arrivedAt, handedAt: this.#now - 40 };
    const delays = delaysOf({ ...stamps, transactionAt: this.#now - 20, doneAt: this.#now });
    const component = status.reason.startsWith('delivery temporarily suspended') ? 'error' : 'smtp';
    this.say({
      ...deliveryLine({
        queueId: message.queueId,
        recipient: { address: recipient },
        status,
        delays,
        connectionUse,
      }),
      component,
    });
    const { ledger } = this;
    const domain = domainOf(recipient);
    if (status.outcome === 'sent') {
      ledger.delivered += 1;
      ledger.bytesDelivered += message.size;
      add(ledger.recipients, domain);
    } else if (status.outcome === 'deferred') {
      ledger.deferrals += 1;
      if (!this.#deferred.has(message.queueId)) ledger.deferredMessages += 1;
      this.#deferred.add(message.queueId);
      add(ledger.deferredDomains, domain);
      add(ledger.deferredReasons, shown);
    } else {
      ledger.bounced += 1;
      add(ledger.bouncedReasons, shown);
    }
  }

  again(message: Message): void {
    this.say(activeLine(message, 1));
  }

  expire(message: Message): void {
    this.say(expiredLine(message));
  }

  report(message: Message, kind: 'failure' | 'delay' | 'success'): Message {
    const report = this.#message('', [message.envelope.sender], 3000);
    this.say(messageIdLine(report.queueId, report.messageId));
    this.say(reportLine(message.queueId, report.queueId, { kind, audience: 'sender' }));
    this.say(activeLine(report, 1));
    return report;
  }

  remove(message: Message): void {
    this.say(removedLine(message.queueId));
  }

  #message(sender: string, to: readonly string[], size: number): Message {
    this.#ids += 1;
    const id = queueId(this.#now * 1000, this.#ids);
    const recipients = to.map((address) => ({ address }));
    const envelope = { sender, recipients, body: '7BIT', smtpUtf8: false } as const;
    return { queueId: id, envelope, arrivedAt: this.#now, size, messageId: `<${id}@relay.example>` };
  }
}

function domainOf(address: string): string {
  return address.slice(address.indexOf('@') + 1);
}

function add(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
