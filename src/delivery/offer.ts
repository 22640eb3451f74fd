import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import { ambiguousLine, contentLine, nextHostLine, strayLine } from '../core/outcome/log-line.ts';
import { isSiteTrouble } from '../core/outcome/site-trouble.ts';
import { tlsReached, type TlsStatus } from '../core/outcome/tls-status.ts';
import type { Transaction, TransactionResult } from '../core/smtp/transaction.ts';
import { mayLeaveTls } from './in-clear.ts';
import type { AmbiguousPolicy, Attempt, DeliverPorts, Mail, OpenSession } from './ports.ts';

type Waiting = Mail['waiting'];

/** What an attempt has come to so far. */
export interface Findings {
  /** Of recipients that are through with this attempt. */
  readonly attempts: Attempt[];
  /** The last word on every recipient that was offered, by index, whether or not he is tried elsewhere. */
  readonly known: Map<number, Attempt>;
}

export interface Offered {
  /** May be tried on another host. */
  readonly left: Waiting;
  /** The last soft failure, if there was one. */
  readonly last: Trouble | undefined;
  /** The session was dead when it was taken up again: that is nobody's failure. */
  readonly stale: boolean;
  /** Its TLS broke, and some of those who are left may be reached in clear. */
  readonly tlsBroke: boolean;
  /** It said what it had to say of the mail, and was not lost over it. */
  readonly answered: boolean;
}

/**
 * Offers the mail in one session, in as many transactions as the limit of recipients takes, ours or the server's. After
 * the `final` session nobody is left who was offered, but for those who may be reached in clear.
 */
export async function offer(
  mail: Mail,
  waiting: Waiting,
  session: OpenSession,
  final: boolean,
  { attempts, known }: Findings,
  ports: DeliverPorts,
  signal: AbortSignal,
): Promise<Offered> {
  const { limits, log, ambiguous } = ports;
  const { queueId } = mail.message;
  const left: Waiting[number][] = [];
  const told = new Set<string>();
  let last: Trouble | undefined;
  let stale = false;
  let tlsBroke = false;
  let answered = false;
  for (let rest = waiting; rest.length > 0;) {
    if (!session.usable()) {
      left.push(...rest);
      break;
    }
    const group = rest.slice(0, limits.recipients);
    const result = await session.transact(transactionOf(mail, group), signal);
    stale ||= result.stale === true;
    tlsBroke ||= result.broke === true && !stale && mayLeaveTls(mail, session, ports);
    answered = !result.statuses.some((status) => isSiteTrouble(status) || status.ours);
    for (const text of result.altered ?? []) log(contentLine(queueId, text));
    if (result.stray !== undefined) log(strayLine(session.relay, result.stray, queueId));
    const doubtful = result.statuses.filter((status) => status.ambiguous);
    if (doubtful.length > 0) log(ambiguousLine(queueId, doubtful.length, session.relay, ambiguous));
    const again = oneTooMany(group, result);
    rest = [...again, ...rest.slice(limits.recipients)];
    for (const [place, one] of group.entries()) {
      const status = result.statuses[place];
      if (status === undefined) throw new Error(`no status for recipient ${place} of ${queueId}`);
      const stamps = { transactionAt: result.startedAt, doneAt: result.endedAt };
      const attempt = attemptOf(one, status, stamps, session.uses, tlsOf(session));
      if (result.stale !== true) known.set(one.index, attempt);
      if (isTrouble(status) && status.outcome === 'deferred') last = status;
      if (again.includes(one)) continue;
      if (result.stale === true) left.push(one);
      else if (mayTryAnother(status, ambiguous) && (!final || (tlsBroke && isSiteTrouble(status)))) {
        left.push(one);
        if (!told.has(status.reason)) log(nextHostLine(queueId, status.reason));
        told.add(status.reason);
      } else attempts.push(attempt);
    }
    // Who has it now is on record before the next transaction begins, here or elsewhere.
    const goesOn = rest.length > 0 || left.length > 0;
    if (goesOn && result.statuses.some(({ outcome }) => outcome === 'sent')) mail.heard(known);
  }
  return { left, last, stale, tlsBroke: tlsBroke && left.length > 0, answered };
}

/**
 * Another host may still take it: a soft failure, or one that says something about this host only (no SMTPUTF8). Not one
 * that concerns us rather than the host.
 */
function mayTryAnother({ outcome, scope, ambiguous }: DeliveryStatus, policy: AmbiguousPolicy): boolean {
  if (ambiguous && policy === 'hold') return false;
  return outcome === 'deferred' ? scope !== 'destination' : outcome === 'bounced' && scope === 'host';
}

function transactionOf({ message, content, leave }: Mail, group: Waiting): Transaction {
  const { sender, body, smtpUtf8, ret, envid } = message.envelope;
  return {
    sender,
    recipients: group.map(({ recipient }) => recipient),
    body,
    smtpUtf8,
    size: message.size,
    content,
    leave: leave(group.map(({ index }) => index)),
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
  };
}

/**
 * RFC 5321 §4.5.3.1.10: whoever was one too many for a transaction that others came through may come in the next one.
 * Every round delivers to somebody, so there is an end to it.
 */
function oneTooMany(group: Waiting, { statuses, tooMany = [] }: TransactionResult): Waiting {
  if (!statuses.some(({ outcome }) => outcome === 'sent')) return [];
  return group.filter((_, place) => tooMany.includes(place));
}

function isTrouble(status: DeliveryStatus): status is Trouble {
  return status.outcome !== 'sent';
}

export function attemptOf(
  one: Waiting[number],
  status: Attempt['status'],
  stamps: Attempt['stamps'],
  connectionUse: number,
  tls: TlsStatus | undefined,
): Attempt {
  const { index, recipient } = one;
  return { index, recipient, status, stamps, connectionUse, ...(tls !== undefined && { tls }) };
}

export function tlsOf({ levels }: OpenSession): TlsStatus | undefined {
  return levels && tlsReached(levels.initial, levels.final);
}
