import type { Session, SessionTls } from '../core/delivery/session.ts';
import type { Capabilities } from '../core/smtp/capabilities.ts';
import { relayName, type Peer } from '../core/smtp/verdict.ts';
import { createAheadMemory } from './ahead-memory.ts';
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
  readonly lowered?: true;
  readonly relaxed?: true;
  readonly requireTls: NonNullable<Session['requireTls']>;
  readonly tls?: SessionTls;
  readonly startTlsReply?: number;
}

const never = createAheadMemory(false);

export function createSession(
  opened: Opened,
  conversation: Conversation,
  notes: SessionNotes,
  options: SessionOptions,
): HostSession {
  const {
    peer,
    capabilities,
    policyKey,
    exception,
    lowered,
    relaxed,
    requireTls,
    tls,
    startTlsReply,
    levels,
  } = opened;
  const { timeouts, minDataRate = 0, sign, now, log, ahead = never } = options;
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
    ahead,
    uses: 0,
    before: undefined,
    saidMore: false,
    retired: false,
    resetSent: false,
    forsaken: false,
  };
  /** Somebody speaks. */
  let busy = false;
  /** Transactions that have not come to their end: a second one may begin while the first waits for its last reply. */
  let open = 0;
  let isClosing = false;

  function quit(): void {
    if (link.forsaken) conversation.fail({ kind: 'lost' });
    else conversation.quit(timeouts.quitMs);
    notes.ended();
  }

  return {
    relay: relayName(peer),
    host: peer.host,
    address: peer.address,
    port: peer.port,
    policyKey,
    ...(exception !== undefined && { exception }),
    ...(lowered && { lowered }),
    ...(relaxed && { relaxed }),
    requireTls,
    levels,
    openedAt: now(),
    capabilities,
    ...(tls !== undefined && { tls }),
    ...(startTlsReply !== undefined && { startTlsReply }),
    get uses() {
      return link.uses;
    },
    async transact(transaction, signal, dotSent) {
      if (busy) throw new Error(`Cannot start a transaction with ${relayName(peer)}: one is running`);
      busy = true;
      open += 1;
      let isFree = false;
      const free = (): void => {
        isFree = true;
        busy = false;
        dotSent?.();
      };
      try {
        return await transact(link, transaction, signal, dotSent === undefined ? undefined : free);
      } finally {
        if (!isFree) busy = false;
        open -= 1;
        if (open === 0 && conversation.trouble !== undefined) notes.ended();
        if (isClosing && open === 0) quit();
      }
    },
    usable: () => !busy && !isClosing && !link.retired && conversation.sound,
    close() {
      isClosing = true;
      // The reply to a dot tells whether the host has a message: nobody hangs up before it.
      if (open === 0) quit();
    },
    destroy() {
      conversation.fail({ kind: 'lost' });
      notes.ended();
    },
  };
}
