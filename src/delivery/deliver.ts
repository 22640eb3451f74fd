import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import { nextHostLine, policySkipLine, reusedLine } from '../core/outcome/log-line.ts';
import type { UsableHost } from '../core/route/host-policy.ts';
import type { Attempt, Candidate, Connected, DeliverPorts, Mail, OpenSession, Route } from './ports.ts';
import type { SessionPool } from './session-pool.ts';

type Waiting = Mail['waiting'];

/**
 * One delivery attempt (RFC 5321 §5.1): a session that is open already, else the hosts of the route in turn, until no
 * recipient is left waiting or there is nobody left to ask.
 *
 * Each host is asked for its policy before it is connected to, and judged by `connect` before it hears of the mail.
 * Resolves to one Attempt for each recipient that waited; soft failures on a host that was not the last one are only logged.
 */
export async function deliver(
  mail: Mail,
  route: Route & { readonly kind: 'route' },
  pool: SessionPool,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<readonly Attempt[]> {
  const { log, now, limits } = ports;
  const attempts: Attempt[] = [];
  let waiting = mail.waiting;
  let last: Trouble | undefined;
  let sessions = 0;

  const open = await pool.take(route);
  if (open !== undefined) {
    if (open.tls !== undefined) log(reusedLine(open.relay, open.tls));
    waiting = await offer(mail, waiting, open, false, attempts, ports, signal);
    // That it was there says that its policy allows it; another policy would not have been given it.
    pool.give(open, true);
  }

  for (const [position, candidate] of route.candidates.entries()) {
    if (waiting.length === 0 || sessions >= limits.sessions) break;
    const policy = await candidate.policy();
    if (policy.kind === 'skip') {
      log(policySkipLine(route.nextHop, candidate.host, policy.reason));
      last = { outcome: 'deferred', scope: 'host', dsn: policy.dsn, reason: policy.reason };
      continue;
    }
    const isLast = position === route.candidates.length - 1;
    const connected = await connect(mail, candidate, policy, route.nextHop, ports, signal);
    if (connected.kind === 'trouble') {
      last = connected.status;
      if (last.outcome === 'bounced' || isLast) {
        for (const one of waiting) attempts.push(attemptOf(one, last, { doneAt: now() }, 1));
        waiting = [];
      } else if (last.relay !== undefined) {
        log(nextHostLine(mail.message.queueId, last.reason));
      }
      continue;
    }
    sessions += 1;
    const final = isLast || sessions >= limits.sessions;
    waiting = await offer(mail, waiting, connected.session, final, attempts, ports, signal);
    pool.give(connected.session, policy.connectionReuse);
  }

  // The last host was passed over: what kept us from it is the reason, and no session decided (relay=none).
  const reason = last ?? noHostTried(route.candidates);
  for (const one of waiting)
    attempts.push(attemptOf(one, { ...reason, outcome: 'deferred' }, { doneAt: now() }, 1));
  return attempts;
}

/**
 * Opens a session as policy demands. Where policy demands nothing (`may`) and the handshake fails, mail that has waited
 * for a while goes in clear rather than not at all (RFC 7672 §2.2); never where there is a TLSA record, never at first.
 */
async function connect(
  mail: Mail,
  candidate: Candidate,
  policy: UsableHost,
  nextHop: string,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<Connected> {
  const connected = await ports.connect(candidate, policy, nextHop, signal);
  const failedHandshake = connected.kind === 'trouble' && connected.step === 'handshake';
  const age = ports.now() - mail.message.arrivedAt;
  if (!failedHandshake || policy.level !== 'may' || age < ports.limits.clearAfterMs) return connected;
  ports.log(nextHostLine(mail.message.queueId, connected.status.reason));
  return ports.connect(candidate, { ...policy, level: 'none', key: 'none' }, nextHop, signal);
}

/** Another host may still take it: a soft failure, or one that says something about this host only (no SMTPUTF8). */
function mayTryAnother({ outcome, scope }: DeliveryStatus): boolean {
  return outcome === 'deferred' || (outcome === 'bounced' && scope === 'host');
}

/** Offers the mail in one session; returns the recipients that may be tried on another host. */
async function offer(
  mail: Mail,
  waiting: Waiting,
  session: OpenSession,
  final: boolean,
  attempts: Attempt[],
  { limits, log }: DeliverPorts,
  signal: AbortSignal,
): Promise<Waiting> {
  const { envelope, size, queueId } = mail.message;
  const { body, smtpUtf8, ret, envid } = envelope;
  const left: Waiting[number][] = [];
  for (let start = 0; start < waiting.length; start += limits.recipients) {
    const group = waiting.slice(start, start + limits.recipients);
    if (!session.usable()) {
      left.push(...group);
      continue;
    }
    const recipients = group.map(({ recipient }) => recipient);
    const { sender } = envelope;
    const result = await session.transact(
      {
        sender,
        recipients,
        body,
        smtpUtf8,
        size,
        content: mail.content,
        ...(ret === undefined ? {} : { ret }),
        ...(envid === undefined ? {} : { envid }),
      },
      signal,
    );
    const told = new Set<string>();
    for (const [place, one] of group.entries()) {
      const status = result.statuses[place];
      if (status === undefined) throw new Error(`no status for recipient ${place} of ${queueId}`);
      if (mayTryAnother(status) && !final) {
        left.push(one);
        // A session that was dead when it was taken up again is nobody's failure.
        if (!told.has(status.reason) && result.stale !== true) log(nextHostLine(queueId, status.reason));
        told.add(status.reason);
      } else {
        const stamps = { transactionAt: result.startedAt, doneAt: result.endedAt };
        attempts.push(attemptOf(one, status, stamps, session.uses));
      }
    }
  }
  return left;
}

function attemptOf(
  one: Waiting[number],
  status: Attempt['status'],
  stamps: Attempt['stamps'],
  connectionUse: number,
): Attempt {
  return { index: one.index, recipient: one.recipient, status, stamps, connectionUse };
}

function noHostTried(candidates: readonly Candidate[]): Trouble {
  const reason =
    candidates.length === 0 ? 'no mail host to try' : 'server unavailable or unable to receive mail';
  return { outcome: 'deferred', scope: 'destination', dsn: '4.3.0', reason };
}
