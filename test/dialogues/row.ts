import type { EffectiveLevel } from '../../src/core/levels/levels.ts';
import type { Transaction } from '../../src/core/smtp/transaction.ts';
import type { Act, Script } from '../scenario/session/scripted-server.ts';

/** One dialogue between our client and a mail host, and what must come of it. */
export interface Row {
  readonly name: string;
  /** Default `none`. */
  readonly level?: EffectiveLevel;
  /** What the host says or does; what is not named is answered as usual. */
  readonly host?: Host;
  /** What differs from one plain message to one recipient. */
  readonly mail?: Mail;
  /**
   * `OUTCOME DSN SCOPE: REASON`, N standing for host and address: one for each recipient, or one for all of them. Of an
   * outcome `sent` the reason may be left out.
   */
  readonly result: string | readonly string[];
  /** Whether each of them may have the message all the same; default: where the dot was sent and no reply came. */
  readonly ambiguous?: true;
  /** May the session carry another message? It is tried. `none`: there never was a session. */
  readonly goesOn: 'yes' | 'no' | 'none';
  /** Beginnings of command lines that the host has seen in this order, perhaps among others; `TLS ` in front of what came over TLS. */
  readonly saw?: readonly string[];
  /** No command line begins so. */
  readonly never?: readonly string[];
  /** The content that the host has got; `[]` for none, not even an empty one. */
  readonly content?: string | readonly [];
  /** Lines of our log, N standing for host and address, Q for the queue id. */
  readonly log?: readonly string[];
}

export interface Host {
  readonly greeting?: Act;
  /** Keywords of the reply to EHLO; default PIPELINING, 8BITMIME, SIZE and STARTTLS. */
  readonly offers?: readonly string[];
  /** Answers by verb, to be told by the turn where there are several; `dot` is the end of the content. */
  readonly on?: Readonly<Record<string, Act | readonly Act[]>>;
  /** As soon as so much content has come. */
  readonly during?: { readonly octets: number; readonly act: Act };
  /** Rests so long after each piece that it reads. */
  readonly readPauseMs?: number;
  /** In the packet of the reply to STARTTLS. */
  readonly afterStartTls?: Script['afterStartTls'];
  /** Whether its certificate is the right one; default true. */
  readonly genuine?: false;
}

export interface Mail extends Partial<Omit<Transaction, 'recipients' | 'content' | 'size'>> {
  /** Default 1: `r1@example.net` and so on. */
  readonly recipients?: number | Transaction['recipients'];
  /** Default `hello`. */
  readonly content?: string;
  /** That many octets of content instead. */
  readonly octets?: number;
}
