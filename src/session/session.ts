import type { EffectiveLevel } from '../core/levels/levels.ts';
import type { Capabilities } from '../core/smtp/capabilities.ts';
import type { TlsFacts, TlsWord, Transaction, TransactionResult } from '../core/smtp/transaction.ts';
import { relayName, type Peer } from '../core/smtp/verdict.ts';
import type { Link } from './running-transaction.ts';
import type { Conversation } from './conversation.ts';
import type { SessionOptions } from './target.ts';
import { transact } from './transact.ts';

/** An SMTP session that is ready for mail (RFC 5321 §3.1, §3.3). One transaction at a time. */
export interface Session {
  /** `mx.example[192.0.2.1]:25` */
  readonly relay: string;
  readonly host: string;
  readonly address: string;
  /** Transactions so far, the running one included. */
  readonly uses: number;
  /** Absent where the session is in clear. */
  readonly tls?: { readonly word: TlsWord; readonly facts: TlsFacts };
  /** The security level asked for, and the one it is at. */
  readonly levels: { readonly initial: EffectiveLevel; readonly final: EffectiveLevel };
  /** Key of the policy it was made under: it may serve that policy only. */
  readonly policyKey: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  readonly capabilities: Capabilities;
  /**
   * Offers one message. Never rejects for what the server, the network or the content does; throws if a
   * transaction is still running. When `signal` is aborted before the end of the content was sent, the session
   * is dropped and nothing was delivered; after that the reply is waited for.
   */
  transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult>;
  /** False while a transaction runs, and once the session has ended or should not be used again. Costs nothing. */
  usable(): boolean;
  /** Says QUIT and returns at once. */
  close(): void;
  /** Drops the connection. */
  destroy(): void;
}

/** What the session setup has found out. */
export interface Opened {
  readonly levels: Session['levels'];
  readonly peer: Peer;
  readonly capabilities: Capabilities;
  readonly policyKey: string;
  readonly tls?: { readonly word: TlsWord; readonly facts: TlsFacts };
}

export function createSession(opened: Opened, conversation: Conversation, options: SessionOptions): Session {
  const { peer, capabilities, policyKey, tls, levels } = opened;
  const { timeouts, minDataRate = 0, now, log } = options;
  const link: Link = {
    conversation,
    peer,
    capabilities,
    timeouts,
    minDataRate,
    now,
    log,
    uses: 0,
    retired: false,
    resetSent: false,
  };
  let busy = false;

  return {
    relay: relayName(peer),
    host: peer.host,
    address: peer.address,
    policyKey,
    levels,
    openedAt: now(),
    capabilities,
    ...(tls !== undefined && { tls }),
    get uses() {
      return link.uses;
    },
    async transact(transaction, signal) {
      if (busy) throw new Error(`Cannot start a transaction with ${relayName(peer)}: one is running`);
      busy = true;
      try {
        return await transact(link, transaction, signal);
      } finally {
        busy = false;
      }
    },
    usable: () => !busy && !link.retired && conversation.sound,
    close: () => conversation.quit(timeouts.quitMs),
    destroy: () => conversation.fail({ kind: 'lost' }),
  };
}
