import { mayRelay, type ClientIdentity } from '../core/intake/client-identity.ts';
import type { ClientLimits, Excess } from '../core/intake/client-limits.ts';
import type { SenderExcess, SenderLimits, SenderNames } from '../core/intake/sender-limits.ts';
import type { BareNewline } from '../core/intake/line-flaw.ts';
import type { IntakeOptions, IntakePorts } from './intake-options.ts';
import { excess, senderExcess } from './log-lines.ts';

/** Clients that may not relay get at most one connection in so many. */
const strangersShare = 10;

/** The place of one connection among all. */
export interface Seat {
  /** The client has shown who it is, or is somebody else: an address is counted where it sits. */
  readonly take: (client: ClientIdentity) => void;
  /** Why the client is turned away, in words for it; undefined if it may stay. */
  readonly refusal: () => string | undefined;
  readonly leave: () => void;
}

/** Which clients may connect, and what they may do. */
export interface Admission {
  /** Whether a client may send mail to anybody. */
  readonly mayRelay: (client: ClientIdentity) => boolean;
  /** How lines of a client are read. Only those that may relay are trusted with others than CRLF makes. */
  readonly bareNewline: (client: ClientIdentity) => BareNewline;
  /** Counts a new connection; leave() must follow. */
  readonly enter: (client: ClientIdentity) => Seat;
  /** How long a client may be silent. It is shorter while all connections are in use. */
  readonly timeoutMs: () => number;
  /**
   * The reply to a client that may not begin a message now, or name a recipient; undefined if it may.
   *
   * @param domain of the envelope sender
   */
  readonly message: (client: ClientIdentity, domain: string) => string | undefined;
  readonly recipient: (client: ClientIdentity, domain: string) => string | undefined;
  /** The reply to a client that may not try to log in now. */
  readonly login: (client: ClientIdentity) => string | undefined;
  /** Forgets clients that are gone. Call this now and then. */
  readonly purge: () => void;
}

/** @param inNetworks whether an address is in `networks` */
export function createAdmission(
  options: IntakeOptions,
  { log }: Pick<IntakePorts, 'log'>,
  inNetworks: (address: string) => boolean,
  clients: ClientLimits,
  senders: SenderLimits,
): Admission {
  let connections = 0;
  let strangers = 0;
  const isStranger = (client: ClientIdentity): boolean => !mayRelay(client, inNetworks);

  function tell(client: ClientIdentity, found: Excess | undefined, reply: string): string | undefined {
    if (found === undefined) return undefined;
    log(excess(client, found));
    return reply;
  }

  function tellSender(client: ClientIdentity, found: SenderExcess | undefined): string | undefined {
    if (found === undefined) return undefined;
    log(senderExcess(client, found));
    const { of, what, name } = found;
    const whose = of === 'user' ? `user ${name}` : name;
    return `450 4.7.1 Error: too ${what === 'messages' ? 'much mail' : 'many recipients'} from ${whose}`;
  }

  /** Strangers may not send anything, and would use up the limits of others. */
  function namesOf(client: ClientIdentity, domain: string): SenderNames {
    return isStranger(client) ? { domain: '' } : { user: client.user, domain };
  }

  function enter(first: ClientIdentity): Seat {
    let client = first;
    let strange = isStranger(client);
    connections += 1;
    if (strange) strangers += 1;
    let found = clients.enter(client.address);
    return {
      take(next) {
        if (next.address !== client.address) {
          clients.leave(client.address);
          found = clients.enter(next.address);
        }
        client = next;
        if (strange === isStranger(client)) return;
        strange = !strange;
        strangers += strange ? 1 : -1;
      },
      refusal() {
        const reply = tell(client, found, `too many connections from ${client.address}`);
        if (reply !== undefined) return reply;
        const room = Math.max(1, Math.floor(options.clientLimit / strangersShare));
        const isCrowded = connections > options.clientLimit || (strange && strangers > room);
        return isCrowded ? 'too many connections' : undefined;
      },
      leave() {
        connections -= 1;
        if (strange) strangers -= 1;
        clients.leave(client.address);
      },
    };
  }

  return {
    mayRelay: (client) => !isStranger(client),
    bareNewline: (client) => (isStranger(client) ? 'reject' : options.bareNewline),
    enter,
    purge() {
      clients.purge();
      senders.purge();
    },
    timeoutMs: () =>
      connections < options.clientLimit
        ? options.timeoutMs
        : Math.min(options.timeoutMs, options.stressTimeoutMs),
    message: (client, domain) =>
      tell(
        client,
        clients.message(client.address),
        `450 4.7.1 Error: too much mail from ${client.address}`,
      ) ?? tellSender(client, senders.message(namesOf(client, domain))),
    recipient: (client, domain) =>
      tell(
        client,
        clients.recipient(client.address),
        `450 4.7.1 Error: too many recipients from ${client.address}`,
      ) ?? tellSender(client, senders.recipient(namesOf(client, domain))),
    login: (client) =>
      tell(
        client,
        clients.auth(client.address),
        `450 4.7.1 Error: too many AUTH commands from ${client.address}`,
      ),
  };
}
