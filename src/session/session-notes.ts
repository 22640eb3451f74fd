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
    if (this.wanted) this.#tell({ at: this.#now(), kind: 'connected' });
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
      this.#hold({ at: this.#now(), kind: 'said', text: this.#inLogin ? loginText(data) : data, secure });
      return;
    }
    this.#contentOctets += data.length;
    this.#contentSecure = secure;
  }

  heard({ code, lines }: Reply, secure: boolean): void {
    const isOfOther = this.#held !== undefined && this.#others > 0;
    if (isOfOther) this.#others -= 1;
    if (!this.wanted) return;
    const event = {
      at: this.#now(),
      kind: 'heard',
      code,
      lines: this.#harmless(code, lines),
      secure,
    } as const;
    if (isOfOther) this.#tell(event);
    else this.#hold(event);
  }

  /** @param chain the certificates, DER, the server's own first */
  tls(facts: TlsFacts, chain: readonly Uint8Array[]): void {
    if (this.wanted) this.#tell(new TlsEvent(this.#now(), facts, chain));
  }

  judged(judgement: () => Omit<Extract<SessionHappening, { kind: 'judged' }>, 'kind'>): void {
    if (this.wanted) this.#tell({ at: this.#now(), kind: 'judged', ...judgement() });
  }

  offered({ queueId, recipients }: Pick<Transaction, 'queueId' | 'recipients'>): void {
    this.#lastTrouble = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (!this.wanted) return;
    const at = this.#now();
    const addresses = recipients.map(({ address }) => address);
    this.#tell(
      queueId === undefined
        ? { at, kind: 'offered', recipients: addresses }
        : { at, kind: 'offered', queueId, recipients: addresses },
    );
    for (const event of held ?? []) this.#tell(event);
  }

  outcome(statuses: readonly DeliveryStatus[]): void {
    if (!this.wanted) return;
    const counts = { sent: 0, deferred: 0, bounced: 0 };
    const reasons = new Set<string>();
    for (const { outcome, reason } of statuses) {
      counts[outcome] += 1;
      if (outcome !== 'sent' && reasons.size < mostReasons) reasons.add(this.#plain(reason));
    }
    const { sent, deferred, bounced } = counts;
    this.#tell({ at: this.#now(), kind: 'outcome', sent, deferred, bounced, reasons: [...reasons] });
  }

  /** The same trouble is told once, by whoever finds it first. */
  trouble(text: string): void {
    if (!this.wanted || text === this.#lastTrouble) return;
    this.#lastTrouble = text;
    this.#tell({ at: this.#now(), kind: 'trouble', text: this.#plain(text) });
  }

  /** Only the first call counts. */
  ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.wanted) this.#tell({ at: this.#now(), kind: 'ended' });
  }

  /** A login begins. `secrets` may grow while it goes on; they stay secret to the end of the session. */
  loginBegins(secrets: readonly string[]): void {
    this.#secrets = secrets;
    this.#inLogin = true;
  }

  loginEnds(): void {
    this.#inLogin = false;
  }

  /** Tells of it, or holds it back with what belongs to the next message. */
  #hold(event: SessionEvent): void {
    if (this.#held === undefined) this.#tell(event);
    else this.#held.push(event);
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
