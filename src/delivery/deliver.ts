import type { Claim } from '../core/delivery/claim.ts';
import type { HostEvidence, TriedHost } from '../core/delivery/evidence.ts';
import type { Connected, NotConnected, Session, SessionTls } from '../core/delivery/session.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { Trouble } from '../core/mail/status.ts';
import { tlsNeedOf } from '../core/mail/tls-need.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import { loweredLine, nextHostLine, policySkipLine, reusedLine } from '../core/log/log-line.ts';
import { tlsMissed, tlsUnknown } from '../core/log/tls-status.ts';
import { hostDeferral, peerName, relayName, stopping } from '../core/smtp/verdict.ts';
import type { EffectiveLevel } from '../core/levels/levels.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import { provesDane } from '../core/tls-policy/sticky.ts';
import { isOfAbort } from '../core/when-aborted.ts';
import type { Writable } from '../core/writable.ts';
import type { Candidate, FoundRoute, NoRoute } from './route.ts';
import { stackOf } from '../core/error-words.ts';
import { joinLines } from '../core/mail/printable.ts';
import { whatIfBug } from './log-lines.ts';
import { dialInTurn, type Turn } from './dial-in-turn.ts';
import { openInClear, openSession } from './in-clear.ts';
import { offer, type Offered } from './offer.ts';
import type { Delivery } from './ports.ts';
import { withVerdict } from './require-tls-verdict.ts';
import { beforeAll, tlsOf, withAllSettled, withHost, type Standing } from './standing.ts';
import { untoldRoute } from './untold-route.ts';

/** The turn of an address that policy lets us speak to. */
type TurnToSpeak = Exclude<Turn, { kind: 'skipped' }>;

/**
 * One delivery attempt (RFC 5321 §5.1). It uses a session that is already open, or else tries the hosts of the route in
 * turn, and then those of the next destination, until no recipient waits or no host is left.
 *
 * The policy of each host is found before it is connected to, and `open` judges the host before it hears of the mail.
 * Resolves to one Attempt for each recipient that waited. A soft failure at a host that was not the last is only
 * logged.
 */
export async function deliver(
  mail: Claim,
  usual: FoundRoute,
  means: Omit<Delivery, 'mail'>,
): Promise<readonly Attempt[]> {
  const route = routeFor(mail, usual);
  const { pool, ports, signal, stage, following } = means;
  const delivery: Delivery = { mail, pool, ports, signal, stage, following };
  let standing = await useOpenSession(delivery, route);
  while (standing.waiting.length > 0 && !standing.isAtEnd) {
    standing = await tryAddresses(delivery, standing);
    standing = await goOn(delivery, standing);
  }
  const { attempts, answered, hosts } = withVerdict(mail.message, deferRest(delivery, standing, route));
  const evidence = route.trail === undefined ? { hosts } : { hosts, trail: route.trail };
  return attempts.map((attempt) => ({ ...attempt, answered, evidence }));
}

function routeFor({ message }: Claim, usual: FoundRoute): FoundRoute {
  const need = tlsNeedOf(message);
  return need === 'optional' || need === 'relaxed' ? untoldRoute(usual) : usual;
}

/** Offers the mail in an idle session, if there is one. */
async function useOpenSession(
  delivery: Delivery,
  route: FoundRoute,
  begun = beforeAll(delivery.mail, route),
): Promise<Standing> {
  const { mail, pool, ports } = delivery;
  const need = tlsNeedOf(mail.message);
  const open = await pool.take(route, need);
  if (open === undefined) return begun;
  if (open.tls !== undefined) ports.log(reusedLineOf(open.relay, open.tls));
  const others = route.candidates.filter(
    ({ host, address }) => host !== open.host || address !== open.address,
  );
  const isLast = others.length === 0 || ports.limits.sessions <= 1;
  const isFinal = isLast && route.next === undefined;
  // The pool gives out only sessions that the current policy allows.
  const { waiting, known } = begun;
  const offered = await offer(delivery, { waiting, known, isFinal, reuse: true }, open);
  const candidate = route.candidates.find((one) => !others.includes(one));
  tellWhatIf(delivery, route, { session: open, candidate, offered });
  const host = mailHost(open, offered, candidate?.evidence?.(need), ports.now());
  const standing = afterOffer(begun, offered, host);
  if (offered.withdrawn) return useOpenSession(delivery, route, standing);
  // The host's replies count, however old the session is. A session that turned out to be dead gave no reply, and a
  // host whose TLS broke may still take the mail in clear.
  const isToldNothing = offered.stale || offered.tlsBroke || standing.waiting.length === 0;
  return isToldNothing ? standing : { ...standing, untried: others, sessions: 1 };
}

/** Of sessions, which say the same of themselves for every message. */
const reusedLines = new WeakMap<SessionTls, LogEvent>();

function reusedLineOf(relay: string, tls: SessionTls): LogEvent {
  const known = reusedLines.get(tls);
  if (known !== undefined) return known;
  const line = reusedLine(relay, tls);
  reusedLines.set(tls, line);
  return line;
}

/** Tries the addresses of a destination in turn, until nobody waits or there were as many sessions as may be. */
async function tryAddresses(delivery: Delivery, before: Standing): Promise<Standing> {
  const { mail, ports, signal, stage } = delivery;
  const means = {
    ...ports,
    dial: (...call: Parameters<typeof ports.dial>) => {
      stage?.enter('connecting', call[0].host);
      return ports.dial(...call);
    },
  };
  const isEnough = ({ sessions }: Standing): boolean => sessions >= ports.limits.sessions;
  let standing = before;
  const untried = isEnough(before) ? [] : before.untried;
  try {
    for await (const turn of dialInTurn(untried, means, signal, tlsNeedOf(mail.message))) {
      standing = await takeTurn(delivery, standing, turn);
      if (standing.waiting.length === 0 || isEnough(standing)) break;
    }
  } catch (error) {
    return givenUp(delivery, standing, error);
  }
  return standing;
}

/** The relay stops in the midst of a lookup: what hosts have said so far counts. Throws anything else. */
function givenUp({ signal }: Delivery, standing: Standing, error: unknown): Standing {
  if (!isOfAbort(error, signal)) throw error;
  return { ...standing, isAtEnd: true, incomplete: true, last: stopping };
}

/** Moves on to the next destination of the route, if a recipient still waits. */
async function goOn(delivery: Delivery, standing: Standing): Promise<Standing> {
  if (standing.waiting.length === 0 || standing.isAtEnd) return standing;
  let next: Awaited<ReturnType<NonNullable<FoundRoute['next']>>> | undefined;
  try {
    next = await standing.destination.next?.();
  } catch (error) {
    return givenUp(delivery, standing, error);
  }
  if (next?.kind === 'route') {
    const incomplete = standing.incomplete || next.incomplete === true;
    return { ...standing, destination: next, incomplete, untried: next.candidates, sessions: 0 };
  }
  if (next === undefined) return { ...standing, isAtEnd: true };
  return { ...standing, isAtEnd: true, incomplete: true, last: reasonOf(next) };
}

/**
 * Recipients are left when the last host was skipped, or did not hear of all of them. What kept us from that host is
 * the reason.
 */
function deferRest({ ports }: Delivery, standing: Standing, { candidates }: FoundRoute): Standing {
  if (standing.waiting.length === 0) return standing;
  const reason = standing.last ?? noHostTried(candidates);
  return withAllSettled(standing, { ...reason, outcome: 'deferred' }, ports.now());
}

/** Tries one address: its policy, its connection, or a session with it decides about the recipients that wait. */
async function takeTurn(delivery: Delivery, standing: Standing, turn: Turn): Promise<Standing> {
  if (turn.kind === 'skipped') return passOver(delivery, standing, turn);
  if (turn.policy.lowered)
    delivery.ports.log(loweredLine(delivery.mail.message.queueId, turn.candidate.host));
  const connected: Connected =
    turn.kind === 'reached'
      ? await openSession(delivery, turn, standing.destination.nextHop)
      : { kind: 'trouble', step: 'connect', status: turn.status };
  if (connected.kind === 'trouble') return notReached(delivery, standing, turn, connected);
  if (provesDane(turn.policy)) turn.candidate.proved?.();
  const { session } = connected;
  const unfit = lacksRequireTls(delivery, turn, session);
  if (unfit === undefined)
    return talk(delivery, { ...standing, sessions: standing.sessions + 1 }, turn, session);
  // RFC 8689 §4.2.1: other mail may go by it.
  delivery.pool.give(session, turn.policy.connectionReuse);
  return notReached(delivery, standing, turn, { step: 'EHLO', status: unfit });
}

/**
 * Why a session is none for mail that requires TLS: its host has been authenticated, and does not offer the
 * extension.
 */
function lacksRequireTls(
  { mail }: Delivery,
  { candidate }: TurnToSpeak,
  { requireTls }: Session,
): Trouble | undefined {
  if (tlsNeedOf(mail.message) !== 'required' || requireTls === 'requiretls') return undefined;
  const reason = `REQUIRETLS is required, but was not offered by host ${peerName(candidate)}`;
  const tlsFault = { kind: 'no REQUIRETLS', host: candidate.host } as const;
  return { ...hostDeferral('4.7.30', reason, candidate), scope: 'message', tlsFault };
}

/** Its policy forbids to speak to it. */
function passOver(
  { mail, ports: { log, now } }: Delivery,
  standing: Standing,
  { candidate, policy }: Turn & { readonly kind: 'skipped' },
): Standing {
  const { host, domain } = candidate;
  const { dsn, reason, fault } = policy;
  log(policySkipLine(standing.destination.nextHop, host, reason));
  // Other mail may go to a host that cannot be authenticated.
  const scope = fault === 'not authenticated' ? 'message' : 'host';
  const last: Trouble = { outcome: 'deferred', scope, dsn, reason, tlsFault: { kind: fault, host } };
  const isOurs = fault === 'resolver' || fault === 'STS unknown' || fault === 'memory unknown';
  const status: Trouble = isOurs ? { ...last, ours: true } : last;
  const tried = triedHost(candidate, mail, now());
  const skipped = { policy, host, ...(domain !== undefined && { domain }) };
  const passed = withHost(standing, { ...tried, step: 'policy', status, skipped });
  return { ...passed, last: status, lastTls: tlsUnknown };
}

/** There is no connection, or no session on it that satisfies its policy. */
function notReached(
  { mail, ports: { log, now } }: Delivery,
  standing: Standing,
  { candidate, policy, more }: TurnToSpeak,
  { step, status, shown }: Omit<NotConnected, 'kind'>,
): Standing {
  const refused = shown === undefined ? {} : { refused: { shown, published: policy.tlsa } };
  const tried = withHost(standing, { ...triedHost(candidate, mail, now()), step, status, ...refused });
  const missed = { ...tried, last: status, lastTls: tlsMissed(levelOf(policy), status.tlsFault?.kind) };
  const isLast = !more && standing.destination.next === undefined;
  if (status.outcome === 'bounced' || isLast) return withAllSettled(missed, status, now());
  if (status.relay !== undefined) log(nextHostLine(mail.message.queueId, status.reason));
  return missed;
}

/** Offers the mail in a new session, and once more in clear if its TLS breaks and policy allows that. */
async function talk(
  delivery: Delivery,
  before: Standing,
  turn: TurnToSpeak,
  session: Session,
): Promise<Standing> {
  const { mail, ports } = delivery;
  const { nextHop, next } = before.destination;
  const isLast = !turn.more || before.sessions >= ports.limits.sessions;
  const reuse = turn.policy.connectionReuse;
  const offered = await offer(delivery, { ...before, isFinal: isLast && next === undefined, reuse }, session);
  const { candidate } = turn;
  tellWhatIf(delivery, before.destination, { session, candidate, offered });
  const known = candidate.evidence?.(tlsNeedOf(mail.message));
  const tried = mailHost(session, offered, known, ports.now());
  const standing = { ...afterOffer(before, offered, tried), lastTls: tlsOf(session) };
  if (!offered.tlsBroke) return standing;
  const inClear = await openInClear(delivery, turn, nextHop);
  if (inClear.kind === 'open') return talk(delivery, standing, turn, inClear.session);
  const host = {
    ...triedHost(turn.candidate, mail, ports.now()),
    step: inClear.step,
    status: inClear.status,
  };
  const missed = { ...withHost(standing, host), last: inClear.status };
  return inClear.status.outcome === 'bounced' ? withAllSettled(missed, inClear.status, ports.now()) : missed;
}

interface Taken {
  readonly session: Session;
  readonly candidate: Candidate | undefined;
  readonly offered: Offered;
}

/**
 * Whatever is tried out on mail that has gone makes no difference to it, not even by a bug. Mail that goes whatever
 * the policy of a host says (reports about TLS, `TLS-Required: No`) says nothing about another one.
 */
function tellWhatIf(
  { mail, ports }: Delivery,
  { nextHop: destination, candidates, incomplete, next }: FoundRoute,
  { session, candidate, offered }: Taken,
): void {
  const { message } = mail;
  if (ports.whatIf === undefined || message.tlsReport === true || tlsNeedOf(message) === 'optional') return;
  const { queueId } = message;
  if (!offered.attempts.some(({ status }) => status.outcome === 'sent')) return;
  try {
    const hasMore = incomplete === true || next !== undefined;
    ports.whatIf({ queueId, destination, candidate, candidates, hasMore, session });
  } catch (error) {
    ports.log(whatIfBug(queueId, joinLines(stackOf(error), ' | ')));
  }
}

function afterOffer(
  before: Standing,
  { attempts, known, left, last, answered }: Offered,
  host: TriedHost,
): Standing {
  return {
    ...before,
    hosts: [...before.hosts, host],
    attempts: [...before.attempts, ...attempts],
    known,
    waiting: left,
    last: last ?? before.last,
    answered: before.answered || answered,
  };
}

function triedHost(
  candidate: Candidate,
  { message }: Claim,
  at: number,
): Pick<TriedHost, 'relay' | 'host' | 'at' | 'known'> {
  const known = candidate.evidence?.(tlsNeedOf(message));
  const relay = relayName(candidate);
  const { host } = candidate;
  return known === undefined ? { relay, host, at } : { relay, host, at, known };
}

function mailHost(
  { relay, host: name, tls }: Session,
  { last }: Offered,
  known: HostEvidence | undefined,
  at: number,
): TriedHost {
  const host: Writable<TriedHost> = { relay, host: name, at, step: 'mail' };
  if (known !== undefined) host.known = known;
  if (last !== undefined) host.status = last;
  if (tls !== undefined) host.tls = tls;
  return host;
}

/**
 * Why the route does not go on after the last destination. The reason is never permanent: an earlier destination may
 * still take the mail.
 */
function reasonOf(next: NoRoute): Trouble {
  if (next.kind === 'trouble') {
    const { status } = next;
    return status.outcome === 'deferred'
      ? status
      : { ...status, outcome: 'deferred', dsn: `4${status.dsn.slice(1)}` };
  }
  const reason = 'DNSSEC validation is unavailable';
  return { outcome: 'deferred', scope: 'destination', dsn: '4.7.5', reason };
}

/** The level that policy began with. */
function levelOf({ level, initial = level }: UsableHost): EffectiveLevel {
  return initial;
}

function noHostTried(candidates: readonly Candidate[]): Trouble {
  const reason =
    candidates.length === 0 ? 'no mail host to try' : 'server unavailable or unable to receive mail';
  return { outcome: 'deferred', scope: 'destination', dsn: '4.3.0', reason };
}
