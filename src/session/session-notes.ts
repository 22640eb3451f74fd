import type {
  ObserveSession,
  ObservedTarget,
  SessionEvent,
  SessionHappening,
  SessionObserver,
} from '../core/delivery/session-event.ts';
import { withoutSecrets } from '../core/sasl/login-trouble.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Reply } from '../core/smtp/reply.ts';
import { chainLines } from '../core/smtp/certificate-lines.ts';
import type { TlsFacts, Transaction } from '../core/smtp/transaction.ts';

/** Reasons of one outcome that are told apart. */
const mostReasons = 5;

interface Means {
  readonly observe?: ObserveSession | undefined;
  readonly now: () => number;
}

/**
 * What is told to whoever watches a session. Content and secrets end here: content becomes a number of octets, all that
 * is said in a login becomes `(login)`, and what a server repeats of it becomes `***`.
 */
export class SessionNotes {
  readonly #observer: SessionObserver | undefined;
  readonly #now: () => number;
  #contentOctets = 0;
  #contentSecure = false;
  /** What was said to log in; empty without a login. */
  #secrets: readonly string[] = [];
  #inLogin = false;
  #lastTrouble: string | undefined;
  /** Events of the next message, until those who watch are told of it; undefined while nothing is ahead. */
  #held: SessionEvent[] | undefined;
  /** Replies that belong to the message before. */
  #others = 0;
  #isOver = false;

  constructor(target: ObservedTarget, { observe, now }: Means) {
    this.#observer = observe?.(target);
    this.#now = now;
  }

  /** Whether anybody watches. Ask before making something that is only for them. */
  get wanted(): boolean {
    return this.#observer?.listens === true;
  }

  connected(): void {
    this.#isOver = false;
    if (this.wanted) this.#note({ kind: 'connected' });
  }

  /** From now on, until a message is offered, everything belongs to that one, but for the next `others` replies. */
  ahead(others: number): void {
    this.#held = [];
    this.#others = others;
  }

  /** Something goes out: a command if it is text, content if it is octets. */
  sent(data: string | Buffer, secure: boolean): void {
    if (!this.wanted) return;
    if (typeof data === 'string') {
      this.#note({ kind: 'said', text: this.#inLogin ? loginText(data) : data, secure });
      return;
    }
    this.#contentOctets += data.length;
    this.#contentSecure = secure;
  }

  heard({ code, lines }: Reply, secure: boolean): void {
    const isOfOther = this.#held !== undefined && this.#others > 0;
    if (isOfOther) this.#others -= 1;
    if (!this.wanted) return;
    const event = { kind: 'heard', code, lines: this.#harmless(code, lines), secure } as const;
    if (isOfOther) this.#tell({ at: this.#now(), ...event });
    else this.#note(event);
  }

  /** @param chain the certificates, DER, the server's own first */
  tls(facts: TlsFacts, chain: readonly Uint8Array[]): void {
    if (this.wanted) this.#tell(new TlsEvent(this.#now(), facts, chain));
  }

  judged(judgement: () => Omit<Extract<SessionHappening, { kind: 'judged' }>, 'kind'>): void {
    if (this.wanted) this.#note({ kind: 'judged', ...judgement() });
  }

  offered({ queueId, recipients }: Pick<Transaction, 'queueId' | 'recipients'>): void {
    this.#lastTrouble = undefined;
    const held = this.#held ?? [];
    this.#held = undefined;
    if (!this.wanted) return;
    const addresses = recipients.map(({ address }) => address);
    this.#note({ kind: 'offered', ...(queueId !== undefined && { queueId }), recipients: addresses });
    for (const event of held) this.#tell(event);
  }

  outcome(statuses: readonly DeliveryStatus[]): void {
    if (!this.wanted) return;
    const count = (wanted: DeliveryStatus['outcome']): number =>
      statuses.filter(({ outcome }) => outcome === wanted).length;
    const failed = statuses.filter(({ outcome }) => outcome !== 'sent');
    const reasons = [...new Set(failed.map(({ reason }) => this.#plain(reason)))].slice(0, mostReasons);
    this.#note({
      kind: 'outcome',
      sent: count('sent'),
      deferred: count('deferred'),
      bounced: count('bounced'),
      reasons,
    });
  }

  /** The same trouble is told once, by whoever finds it first. */
  trouble(text: string): void {
    if (!this.wanted || text === this.#lastTrouble) return;
    this.#lastTrouble = text;
    this.#note({ kind: 'trouble', text: this.#plain(text) });
  }

  /** Only the first call counts. */
  ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.wanted) this.#note({ kind: 'ended' });
  }

  /** A login begins. `secrets` may grow while it goes on; they stay secret to the end of the session. */
  loginBegins(secrets: readonly string[]): void {
    this.#secrets = secrets;
    this.#inLogin = true;
  }

  loginEnds(): void {
    this.#inLogin = false;
  }

  #note(happening: SessionHappening): void {
    const event = { at: this.#now(), ...happening };
    const isHeld = happening.kind === 'said' || happening.kind === 'heard';
    if (this.#held !== undefined && isHeld) this.#held.push(event);
    else this.#tell(event);
  }

  #tell(event: SessionEvent): void {
    const octets = this.#contentOctets;
    if (octets > 0) {
      this.#contentOctets = 0;
      this.#observer?.note({ at: event.at, kind: 'content', octets, secure: this.#contentSecure });
    }
    this.#observer?.note(event);
  }

  #harmless(code: number, lines: readonly string[]): readonly string[] {
    // What a digest is made of helps to guess the password.
    if (this.#inLogin && code >= 300 && code < 400) return [`${code} (challenge)`];
    return this.#secrets.length === 0 ? lines : lines.map((line) => this.#plain(line));
  }

  #plain(text: string): string {
    return this.#secrets.length === 0 ? text : withoutSecrets(this.#secrets, text);
  }
}

/** Octets of a chain that may stay in memory as long as the event. Three usual certificates have 5,000. */
const keptChainOctets = 16_384;

/** To describe a chain takes a tenth of the time of a handshake, and most of these events are never looked at. */
class TlsEvent {
  readonly kind = 'tls';
  readonly at: number;
  readonly facts: TlsFacts;
  #chain: readonly Uint8Array[];
  #lines: readonly string[] | undefined;

  constructor(at: number, facts: TlsFacts, chain: readonly Uint8Array[]) {
    this.at = at;
    this.facts = facts;
    this.#chain = chain;
    if (chain.reduce((sum, { length }) => sum + length, 0) > keptChainOctets) this.#describe();
  }

  get chain(): readonly string[] {
    return this.#lines ?? this.#describe();
  }

  #describe(): readonly string[] {
    const lines = chainLines(this.#chain);
    this.#lines = lines;
    this.#chain = [];
    return lines;
  }
}

/** The mechanism is no secret, all that follows it is. */
function loginText(line: string): string {
  const [, command = ''] = /^(AUTH [A-Z0-9_-]+)/.exec(line) ?? [];
  return `${command}${command === '' ? '' : ' '}(login)\r\n`;
}
