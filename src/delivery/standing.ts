import type { Session } from '../core/delivery/session.ts';
import type { TriedHost } from '../core/delivery/evidence.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt, Known } from '../core/delivery/attempt.ts';
import type { Trouble } from '../core/mail/status.ts';
import { tlsReached, type TlsStatus } from '../core/log/tls-status.ts';
import type { Writable } from '../core/writable.ts';
import type { Candidate, FoundRoute } from './route.ts';

export type WaitingRecipients = Claim['waiting'];

/** How a delivery stands after a step. */
export interface Standing {
  /** Recipients that may still be tried. */
  readonly waiting: WaitingRecipients;
  /** Of recipients that are through with this delivery. */
  readonly attempts: readonly Attempt[];
  readonly known: Known;
  /** A session said what it had to say of the mail. */
  readonly answered: boolean;
  /** What kept the mail from the host that was tried last, and what came of the security level there. */
  readonly last: Trouble | undefined;
  readonly lastTls: TlsStatus | undefined;
  /** Whose turn has ended. */
  readonly hosts: readonly TriedHost[];
  /** Where on the route it is. */
  readonly destination: FoundRoute;
  /** A host of the destinations so far could not be asked, as for FoundRoute. */
  readonly incomplete: boolean;
  /** Addresses of the destination that were not tried. */
  readonly untried: readonly Candidate[];
  /** With the destination, as far as MAIL FROM. */
  readonly sessions: number;
  /** The route leads nowhere else. */
  readonly isAtEnd: boolean;
}

export function beforeAll({ waiting }: Claim, destination: FoundRoute): Standing {
  return {
    waiting,
    attempts: [],
    known: new Map(),
    answered: false,
    last: undefined,
    lastTls: undefined,
    hosts: [],
    destination,
    incomplete: destination.incomplete === true,
    untried: destination.candidates,
    sessions: 0,
    isAtEnd: false,
  };
}

/** The turn of one more host has ended. */
export function withHost(standing: Standing, host: TriedHost): Standing {
  return { ...standing, hosts: [...standing.hosts, host] };
}

/** The same status for everybody who waits. */
export function withAllSettled(standing: Standing, status: Trouble, doneAt: number): Standing {
  const { waiting, attempts, lastTls } = standing;
  const settled = waiting.map((one) =>
    attemptOf(one, { status, stamps: { doneAt }, connectionUse: 1, tls: lastTls }),
  );
  return { ...standing, waiting: [], attempts: [...attempts, ...settled] };
}

export function attemptOf(
  { index, recipient }: WaitingRecipients[number],
  { status, stamps, connectionUse, tls, exception, trust, session }: AttemptFacts,
): Attempt {
  const attempt: Writable<Attempt> = { index, recipient, status, stamps, connectionUse };
  if (trust !== undefined) attempt.trust = trust;
  if (session !== undefined) attempt.session = session;
  if (tls !== undefined) attempt.tls = tls;
  if (exception !== undefined) attempt.exception = exception;
  return attempt;
}

type AttemptFacts = Pick<Attempt, 'status' | 'stamps' | 'connectionUse' | 'trust' | 'session'> & {
  readonly tls: TlsStatus | undefined;
  readonly exception?: string | undefined;
};

export function tlsOf({ levels }: Session): TlsStatus | undefined {
  return levels && tlsReached(levels.initial, levels.final);
}
