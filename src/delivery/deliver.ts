import type { Trouble } from '../core/mail/status.ts';
import { nextHostLine, policySkipLine, reusedLine } from '../core/outcome/log-line.ts';
import { tlsMissed, tlsUnknown, type TlsStatus } from '../core/outcome/tls-status.ts';
import type { EffectiveLevel } from '../core/levels/levels.ts';
import type { UsableHost } from '../core/route/host-policy.ts';
import { dialInTurn } from './dial-in-turn.ts';
import { openInClear, openSession } from './in-clear.ts';
import { attemptOf, offer, tlsOf, type Findings } from './offer.ts';
import type { Attempt, Candidate, Connected, DeliverPorts, Mail, OpenSession, Route } from './ports.ts';
import type { SessionPool } from './session-pool.ts';

type FoundRoute = Extract<Route, { kind: 'route' }>;

/**
 * One delivery attempt (RFC 5321 §5.1): a session that is open already, else the hosts of the route in turn, and where it
 * goes on, those of its next destination, until no recipient is left waiting or there is nobody left to ask.
 *
 * Each host is asked for its policy before it is connected to, and judged by `open` before it hears of the mail.
 * Resolves to one Attempt for each recipient that waited; soft failures on a host that was not the last one are only logged.
 */
export async function deliver(
  mail: Mail,
  route: FoundRoute,
  pool: SessionPool,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<readonly Attempt[]> {
  const { log, now, limits } = ports;
  const attempts: Attempt[] = [];
  const findings: Findings = { attempts, known: new Map() };
  let { candidates } = route;
  let waiting = mail.waiting;
  let answered = false;
  let last: Trouble | undefined;
  let lastTls: TlsStatus | undefined;
  let sessions = 0;

  /** What kept us from everybody who still waits. */
  const settleAll = (status: Trouble): void => {
    for (const one of waiting) attempts.push(attemptOf(one, status, { doneAt: now() }, 1, lastTls));
    waiting = [];
  };

  const open = await pool.take(route);
  if (open !== undefined) {
    if (open.tls !== undefined) log(reusedLine(open.relay, open.tls));
    const others = candidates.filter(({ host, address }) => host !== open.host || address !== open.address);
    const final = route.next === undefined && (others.length === 0 || limits.sessions <= 1);
    const offered = await offer(mail, waiting, open, final, findings, ports, signal);
    // That it was there says that its policy allows it; another policy would not have been given it.
    pool.give(open, true);
    ({ left: waiting, last, answered } = offered);
    // What the host said counts, however old the session is. One that was dead when it was taken up again said nothing;
    // and one whose TLS broke may take it yet, in clear.
    if (!offered.stale && !offered.tlsBroke) {
      candidates = others;
      sessions += 1;
    }
  }

  for (let leg: FoundRoute | undefined = route; leg !== undefined && waiting.length > 0;) {
    const hasNext = leg.next !== undefined;
    const toTry = sessions < limits.sessions ? candidates : [];
    for await (const step of dialInTurn(toTry, ports, signal)) {
      const { candidate, more } = step;
      if (step.kind === 'skipped') {
        const { dsn, reason, fault } = step.policy;
        const { host } = candidate;
        log(policySkipLine(leg.nextHop, host, reason));
        last = { outcome: 'deferred', scope: 'host', dsn, reason, tlsFault: { kind: fault, host } };
        if (fault === 'resolver') last = { ...last, ours: true };
        lastTls = tlsUnknown;
        continue;
      }
      const isLast = !more && !hasNext;
      const connected: Connected =
        step.kind === 'reached'
          ? await openSession(mail, step, leg.nextHop, ports, signal)
          : { kind: 'trouble', step: 'connect', status: step.status };
      if (connected.kind === 'trouble') {
        last = connected.status;
        lastTls = tlsMissed(levelOf(step.policy), last.tlsFault?.kind);
        if (last.outcome === 'bounced' || isLast) {
          settleAll(last);
          break;
        }
        if (last.relay !== undefined) log(nextHostLine(mail.message.queueId, last.reason));
        continue;
      }
      sessions += 1;
      const enough = sessions >= limits.sessions;
      const final = !hasNext && (!more || enough);
      for (let session: OpenSession | undefined = connected.session; session !== undefined;) {
        const offered = await offer(mail, waiting, session, final, findings, ports, signal);
        pool.give(session, step.policy.connectionReuse);
        waiting = offered.left;
        answered ||= offered.answered;
        last = offered.last ?? last;
        lastTls = tlsOf(session);
        if (!offered.tlsBroke) break;
        const inClear = await openInClear(step, leg.nextHop, ports, signal);
        session = inClear.kind === 'open' ? inClear.session : undefined;
        if (inClear.kind === 'open') continue;
        last = inClear.status;
        if (last.outcome === 'bounced') settleAll(last);
      }
      if (waiting.length === 0 || enough) break;
    }
    const next: Route | undefined = waiting.length === 0 ? undefined : await leg.next?.();
    if (next !== undefined && next.kind !== 'route') last = reasonOf(next);
    leg = next?.kind === 'route' ? next : undefined;
    candidates = leg?.candidates ?? [];
    sessions = 0;
  }

  // The last host was passed over, or left before it heard of them all: what kept us from it is the reason.
  settleAll({ ...(last ?? noHostTried(route.candidates)), outcome: 'deferred' });
  return attempts.map((attempt) => ({ ...attempt, answered }));
}

/** Why there was no way on from the last destination. It is not for good: the ones before it may take the mail yet. */
function reasonOf(next: Exclude<Route, FoundRoute>): Trouble {
  if (next.kind === 'trouble') {
    const { status } = next;
    return status.outcome === 'deferred'
      ? status
      : { ...status, outcome: 'deferred', dsn: `4${status.dsn.slice(1)}` };
  }
  const reason = 'DNSSEC validation is unavailable';
  return { outcome: 'deferred', scope: 'destination', dsn: '4.7.5', reason };
}

/** The one that policy began with. */
function levelOf({ level, initial = level }: UsableHost): EffectiveLevel {
  return initial;
}

function noHostTried(candidates: readonly Candidate[]): Trouble {
  const reason =
    candidates.length === 0 ? 'no mail host to try' : 'server unavailable or unable to receive mail';
  return { outcome: 'deferred', scope: 'destination', dsn: '4.3.0', reason };
}
