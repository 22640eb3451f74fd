import type { ClientLimits, Excess } from '../core/intake/client-limits.ts';
import type { BareNewline } from '../core/intake/line-flaw.ts';
import type { IntakeOptions, IntakePorts } from './intake-options.ts';
import { excess, type ClientHost } from './log-lines.ts';

/** Clients that may not relay get at most one connection in so many. */
const strangersShare = 10;

/** Which clients may connect, and what they may do. */
export interface Admission {
  readonly mayRelay: (address: string) => boolean;
  /** How lines of a client are read. Only those that may relay are trusted with others than CRLF makes. */
  readonly bareNewline: (address: string) => BareNewline;
  /** Counts a new connection; leave() must follow. Returns the limit that the client exceeds, if any. */
  readonly enter: (address: string) => Excess | undefined;
  readonly leave: (address: string) => void;
  /** Why a client that has connected is turned away, in words for the client. @param found from enter() */
  readonly refusal: (client: ClientHost, found: Excess | undefined) => string | undefined;
  /** How long a client may be silent. It is shorter while all connections are in use. */
  readonly timeoutMs: () => number;
  /** The reply to a client that may not begin a message now, or name a recipient; undefined if it may. */
  readonly message: (client: ClientHost) => string | undefined;
  readonly recipient: (client: ClientHost) => string | undefined;
  /** Forgets clients that are gone. Call this now and then. */
  readonly purge: () => void;
}

export function createAdmission(
  options: IntakeOptions,
  { log }: Pick<IntakePorts, 'log'>,
  mayRelay: (address: string) => boolean,
  clients: ClientLimits,
): Admission {
  let connections = 0;
  let strangers = 0;

  function tell(client: ClientHost, found: Excess | undefined, reply: string): string | undefined {
    if (found === undefined) return undefined;
    log(excess(client, found));
    return reply;
  }

  return {
    mayRelay,
    bareNewline: (address) => (mayRelay(address) ? options.bareNewline : 'reject'),
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
    refusal(client, found) {
      const reply = tell(client, found, `too many connections from ${client.address}`);
      if (reply !== undefined) return reply;
      const room = Math.max(1, Math.floor(options.clientLimit / strangersShare));
      const isCrowded = connections > options.clientLimit || (!mayRelay(client.address) && strangers > room);
      return isCrowded ? 'too many connections' : undefined;
    },
    purge: () => clients.purge(),
    timeoutMs: () =>
      connections < options.clientLimit
        ? options.timeoutMs
        : Math.min(options.timeoutMs, options.stressTimeoutMs),
    message: (client) =>
      tell(client, clients.message(client.address), `450 4.7.1 Error: too much mail from ${client.address}`),
    recipient: (client) =>
      tell(
        client,
        clients.recipient(client.address),
        `450 4.7.1 Error: too many recipients from ${client.address}`,
      ),
  };
}
