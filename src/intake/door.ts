import type { ClientLimits, Excess } from '../core/intake/client-limits.ts';
import type { IntakeOptions, IntakePorts } from './house.ts';
import { excess, type Peer } from './log-lines.ts';

/** Of all connections at most one in so many is of clients that may not relay anyway. */
const strangersShare = 10;

/** Who may come in, and who may stay. */
export interface Door {
  readonly mayRelay: (address: string) => boolean;
  /** Every connection enters, and leaves in the end; gives what is too much of this client. */
  readonly enter: (address: string) => Excess | undefined;
  readonly leave: (address: string) => void;
  /** Why a client that has entered is sent away, in words for it. */
  readonly refusal: (peer: Peer, found: Excess | undefined) => string | undefined;
  /** How long a client may be silent: less while there is no room for others. */
  readonly timeoutMs: () => number;
  /** What a client is told that may not begin a message, or name a recipient, now. */
  readonly message: (peer: Peer) => string | undefined;
  readonly recipient: (peer: Peer) => string | undefined;
  /** Forgets who is gone; to be called now and then. */
  readonly purge: () => void;
}

export function openDoor(
  options: IntakeOptions,
  { log }: Pick<IntakePorts, 'log'>,
  mayRelay: (address: string) => boolean,
  clients: ClientLimits,
): Door {
  let connections = 0;
  let strangers = 0;

  function tell(peer: Peer, found: Excess | undefined, reply: string): string | undefined {
    if (found === undefined) return undefined;
    log(excess(peer, found));
    return reply;
  }

  return {
    mayRelay,
    enter(address) {
      connections += 1;
      if (!mayRelay(address)) strangers += 1;
      return clients.enter(address);
    },
    leave(address) {
      connections -= 1;
      if (!mayRelay(address)) strangers -= 1;
      clients.leave(address);
    },
    refusal(peer, found) {
      const reply = tell(peer, found, `too many connections from ${peer.address}`);
      if (reply !== undefined) return reply;
      const room = Math.max(1, Math.floor(options.clientLimit / strangersShare));
      const isCrowded = connections > options.clientLimit || (!mayRelay(peer.address) && strangers > room);
      return isCrowded ? 'too many connections' : undefined;
    },
    purge: () => clients.purge(),
    timeoutMs: () =>
      connections < options.clientLimit
        ? options.timeoutMs
        : Math.min(options.timeoutMs, options.stressTimeoutMs),
    message: (peer) =>
      tell(peer, clients.message(peer.address), `450 4.7.1 Error: too much mail from ${peer.address}`),
    recipient: (peer) =>
      tell(
        peer,
        clients.recipient(peer.address),
        `450 4.7.1 Error: too many recipients from ${peer.address}`,
      ),
  };
}
