import type { EffectiveLevel } from '../levels/levels.ts';
import type { TlsFacts, TlsWord } from '../smtp/transaction.ts';

/** The session that is watched: an address of a host, and the mail for which it was opened. */
export interface ObservedTarget {
  /** MX name as listed. */
  readonly host: string;
  /** IPv4 or IPv6 address, no brackets. */
  readonly address: string;
  readonly port: number;
  /** Destination whose hosts are tried; the fallback relay where mail goes there. */
  readonly nextHop?: string;
  /** Destination in the queue, and the message, whose delivery opened the session. Later ones may use it too. */
  readonly errand?: Errand;
  /** What policy demands; absent while the address is only dialled. */
  readonly level?: EffectiveLevel;
}

/** The delivery for which something is done. */
export interface Errand {
  readonly destination: string;
  readonly queueId: string;
  /** Addresses that wait for it. */
  readonly recipients: () => readonly string[];
}

/**
 * Something that happened in an SMTP session. Neither content nor secrets are in it: their places are taken before
 * anybody sees the event. Text of the server is printable, but as long as the server made it (see `replyLimitBytes`).
 */
export type SessionEvent = { readonly at: number } & SessionHappening;

export type SessionHappening =
  | { readonly kind: 'connected' }
  /** Commands as they were sent, each with its CRLF; several where they are pipelined. */
  | { readonly kind: 'said'; readonly text: string; readonly secure: boolean }
  /** Content was sent: so many octets since the last event, as they went over the wire. */
  | { readonly kind: 'content'; readonly octets: number; readonly secure: boolean }
  /** A whole reply, at the moment when it came. */
  | {
      readonly kind: 'heard';
      readonly code: number;
      readonly lines: readonly string[];
      readonly secure: boolean;
    }
  /** A handshake was made; `chain` describes the certificates, the server's own first. */
  | { readonly kind: 'tls'; readonly facts: TlsFacts; readonly chain: readonly string[] }
  /** The certificates were judged. `words` say what matched, or what did not. */
  | {
      readonly kind: 'judged';
      readonly level: EffectiveLevel;
      readonly word: TlsWord;
      readonly ok: boolean;
      readonly words: readonly string[];
    }
  /** A message is offered; absent `queueId` where nobody has a name for it. */
  | { readonly kind: 'offered'; readonly queueId?: string; readonly recipients: readonly string[] }
  /** What became of its recipients, and the distinct reasons of those that do not have it. */
  | {
      readonly kind: 'outcome';
      readonly sent: number;
      readonly deferred: number;
      readonly bounced: number;
      readonly reasons: readonly string[];
    }
  /** What went wrong, in the words of the log. */
  | { readonly kind: 'trouble'; readonly text: string }
  /** Nothing follows. */
  | { readonly kind: 'ended' };

/** Watches one session. */
export interface SessionObserver {
  /** Whether it wants events now. Nothing is gathered for it otherwise. Is asked before each event, so it costs nothing. */
  readonly listens: boolean;
  /** Never throws, never waits, and keeps no more than it has room for. */
  note(event: SessionEvent): void;
}

/** An observer for a session that is about to begin. */
export type ObserveSession = (target: ObservedTarget) => SessionObserver;

/** One observer of several; undefined if there is none. */
export function observeTogether(observers: readonly ObserveSession[]): ObserveSession | undefined {
  const [first, ...others] = observers;
  return others.reduce<ObserveSession | undefined>(
    (all, observe) => all && ((target) => both(all(target), observe(target))),
    first,
  );
}

function both(one: SessionObserver, other: SessionObserver): SessionObserver {
  return {
    get listens() {
      return one.listens || other.listens;
    },
    note(event) {
      if (one.listens) one.note(event);
      if (other.listens) other.note(event);
    },
  };
}
