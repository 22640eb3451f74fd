import type { Session, SessionTls } from '../core/delivery/session.ts';
import type { Capabilities } from '../core/smtp/capabilities.ts';
import { relayName, type Peer } from '../core/smtp/verdict.ts';
import type { Link } from './running-transaction.ts';
import type { Conversation } from './conversation.ts';
import type { SessionNotes } from './session-notes.ts';
import type { SessionOptions } from './target.ts';
import { transact } from './transact.ts';

/** A session as this room opens it. */
export interface HostSession extends Session {
  readonly levels: NonNullable<Session['levels']>;
  readonly capabilities: Capabilities;
  /** Drops the connection. */
  destroy(): void;
}

/** What the session setup has found out. */
export interface Opened {
  readonly levels: HostSession['levels'];
  readonly peer: Peer;
  readonly capabilities: Capabilities;
  readonly policyKey: string;
  readonly exception?: string;
  readonly tls?: SessionTls;
}

export function createSession(
  opened: Opened,
  conversation: Conversation,
  notes: SessionNotes,
  options: SessionOptions,
): HostSession {
  const { peer, capabilities, policyKey, exception, tls, levels } = opened;
  const { timeouts, minDataRate = 0, sign, now, log } = options;
  const link: Link = {
    conversation,
    peer,
    capabilities,
    timeouts,
    minDataRate,
    sign,
    now,
    log,
    notes,
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
    ...(exception !== undefined && { exception }),
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
    close() {
      conversation.quit(timeouts.quitMs);
      notes.ended();
    },
    destroy() {
      conversation.fail({ kind: 'lost' });
      notes.ended();
    },
  };
}
