import type { Session } from '../core/delivery/session.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt, Known } from '../core/delivery/attempt.ts';
import type { Message } from '../core/mail/message.ts';
import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import type { TlsStatus } from '../core/log/tls-status.ts';
import { ambiguousLine, contentLine, nextHostLine, strayLine } from '../core/log/log-line.ts';
import { isSiteTrouble } from '../core/site/site-trouble.ts';
import type { Transaction, TransactionResult } from '../core/smtp/transaction.ts';
import type { Writable } from '../core/writable.ts';
import { withRequireTls } from '../core/log/tls-status.ts';
import { withoutOctets } from '../core/mail/without-octets.ts';
import { mayLeaveTls } from './in-clear.ts';
import type { AmbiguousPolicy, Delivery } from './ports.ts';
import type { Stage } from './stage.ts';
import { attemptOf, tlsOf, type WaitingRecipients } from './standing.ts';

export interface Offer {
  readonly waiting: WaitingRecipients;
  readonly known: Known;
  /** No session follows this one, except to a host that may be reached in clear. */
  readonly isFinal: boolean;
  /** As for SessionPool.give(). */
  readonly reuse: boolean | undefined;
}

/** The result of an offer. */
export interface Offered {
  /** Attempts of recipients that are finished in this delivery. */
  readonly attempts: readonly Attempt[];
  readonly known: Known;
  /** Recipients that may be tried at another host. */
  readonly left: WaitingRecipients;
  /** Why they are left; each reason occurs once. */
  readonly reasons: readonly string[];
  /** The last soft failure, if there was one. */
  readonly last: Trouble | undefined;
  /** The session was dead when it was used again, which is not a failure of the host. */
  readonly stale: boolean;
  /** As for TransactionResult: other sessions may have come free meanwhile. */
  readonly withdrawn: boolean;
  /** Its TLS broke, and some of the recipients that are left may be reached in clear. */
  readonly tlsBroke: boolean;
  /** The host answered for the mail, and the session was not lost. */
  readonly answered: boolean;
}

/**
 * Offers the mail in one session, in as many transactions as the limit of recipients takes, ours or the server's, and
 * gives the session back: behind the last final dot, if other mail waits for it, else after the last reply.
 */
export async function offer(
  delivery: Delivery,
  { waiting, known, isFinal, reuse }: Offer,
  session: Session,
): Promise<Offered> {
  const { mail, pool, ports, signal, stage, following } = delivery;
  let isGiven = false;
  const giveEarly = (): void => {
    if (following?.waits() !== true) return;
    isGiven = true;
    if (pool.give(session, reuse)) following.place.handOn(session);
  };
  const { recipients: limit } = ports.limits;
  let offered = nothingOffered(known);
  for (let rest = waiting; rest.length > 0;) {
    if (!session.usable()) {
      offered = { ...offered, left: [...offered.left, ...rest] };
      break;
    }
    const group = rest.slice(0, limit);
    stage?.enter('envelope', session.host);
    const isLast = rest.length <= limit;
    const transaction = transactionOf(mail, group, session, stage);
    const under = session.transact(transaction, signal, isLast ? giveEarly : undefined);
    const { uses } = session;
    const result = await under;
    logResult(result, session.relay, delivery);
    const again = oneTooMany(group, result);
    offered = afterTransaction(offered, { group, again, result, session, uses, isFinal }, delivery);
    rest = [...again, ...rest.slice(limit)];
    // Which recipients have the mail is stored before the next transaction begins, in this session or another.
    const goesOn = rest.length > 0 || offered.left.length > 0;
    if (goesOn && result.statuses.some(({ outcome }) => outcome === 'sent')) mail.heard(offered.known);
  }
  if (offered.withdrawn) await following?.place.handBack(session);
  if (!isGiven) pool.give(session, reuse);
  else if (offered.left.length > 0) await following?.place.again();
  return offered.tlsBroke && offered.left.length === 0 ? { ...offered, tlsBroke: false } : offered;
}

function nothingOffered(known: Known): Offered {
  return {
    attempts: [],
    known,
    left: [],
    reasons: [],
    last: undefined,
    stale: false,
    withdrawn: false,
    tlsBroke: false,
    answered: false,
  };
}

function logResult(
  { altered = [], stray, statuses }: TransactionResult,
  relay: string,
  { mail, ports: { log, ambiguous } }: Delivery,
): void {
  const { queueId } = mail.message;
  for (const text of altered) log(contentLine(queueId, text));
  if (stray !== undefined) log(strayLine(relay, stray, queueId));
  const doubtful = statuses.reduce((sum, status) => sum + (status.ambiguous ? 1 : 0), 0);
  if (doubtful > 0) log(ambiguousLine(queueId, doubtful, relay, ambiguous));
}

interface Transacted {
  readonly group: WaitingRecipients;
  /** Recipients of the group that come again in the next transaction. */
  readonly again: WaitingRecipients;
  readonly result: TransactionResult;
  readonly session: Session;
  /** Transactions of the session, this one included. */
  readonly uses: number;
  readonly isFinal: boolean;
}

/** Sorts the recipients of a transaction: finished, left for another host, or to come again. */
function afterTransaction(
  before: Offered,
  { group, again, result, session, uses, isFinal }: Transacted,
  { mail, ports }: Delivery,
): Offered {
  const { queueId } = mail.message;
  const isStale = result.stale === true;
  const stale = before.stale || isStale;
  const tlsBroke = before.tlsBroke || (result.broke === true && !stale && mayLeaveTls(mail, session, ports));
  const stamps = { transactionAt: result.startedAt, doneAt: result.endedAt };
  const tried = group.map((one, place) => {
    const status = result.statuses[place];
    if (status === undefined) throw new Error(`no status for recipient ${place} of ${queueId}`);
    return {
      one,
      attempt: attemptOf(one, {
        status,
        stamps,
        connectionUse: uses,
        tls: tlsStatusOf(mail, session),
        exception: session.exception,
        trust: session.tls?.word ?? 'clear',
        session,
      }),
    };
  });

  const isLeft = ({ status }: Attempt): boolean =>
    isStale || (mayTryAnother(status, ports.ambiguous) && (!isFinal || (tlsBroke && isSiteTrouble(status))));
  const over = again.length === 0 ? tried : tried.filter(({ one }) => !again.includes(one));
  const left = over.filter(({ attempt }) => isLeft(attempt));
  const reasons = new Set(before.reasons);
  if (!isStale) {
    for (const { attempt } of left) {
      const { reason } = attempt.status;
      if (!reasons.has(reason)) ports.log(nextHostLine(queueId, reason));
      reasons.add(reason);
    }
  }

  const known = new Map(before.known);
  if (!isStale) for (const { one, attempt } of tried) known.set(one.index, attempt);
  const finished = left.length === 0 ? over : over.filter((one) => !left.includes(one));
  return {
    attempts: [...before.attempts, ...finished.map(({ attempt }) => attempt)],
    known,
    left: [...before.left, ...left.map(({ one }) => one)],
    reasons: [...reasons],
    last: result.statuses.findLast(isSoftTrouble) ?? before.last,
    stale,
    withdrawn: before.withdrawn || result.withdrawn === true,
    tlsBroke,
    answered: !result.statuses.some((status) => isSiteTrouble(status) || status.ours),
  };
}

/**
 * Whether another host may still take the mail: after a soft failure, or one that concerns only this host (no
 * SMTPUTF8), but not after one that concerns the relay.
 */
function mayTryAnother({ outcome, scope, ambiguous }: DeliveryStatus, policy: AmbiguousPolicy): boolean {
  if (ambiguous && policy === 'hold') return false;
  return outcome === 'deferred' ? scope !== 'destination' : outcome === 'bounced' && scope === 'host';
}

/** What a session has of the demanded level, and of what the message requires. */
function tlsStatusOf({ message: { envelope } }: Claim, session: Session): TlsStatus | undefined {
  const tls = tlsOf(session);
  const { requireTls = 'nostarttls' } = session;
  return tls !== undefined && envelope.requireTls ? withRequireTls(tls, requireTls) : tls;
}

function transactionOf(
  { message, content: whole, intent }: Claim,
  group: WaitingRecipients,
  { requireTls: fit }: Session,
  stage: Stage | undefined,
): Transaction {
  let isAsked = false;
  const dot = intent(group.map(({ index }) => index));
  const { sender, body, smtpUtf8, ret, envid, requireTls } = message.envelope;
  const redaction = requireTls && fit !== 'requiretls' ? redactionOf(message) : undefined;
  const content =
    redaction === undefined ? whole : (): AsyncIterable<Uint8Array> => withoutOctets(whole(), redaction.cuts);
  const transaction: Writable<Transaction> = {
    queueId: message.queueId,
    sender,
    recipients: group.map(({ recipient }) => recipient),
    body,
    smtpUtf8,
    size: message.size - (redaction?.bytes ?? 0),
    content() {
      // Before that it is only looked through, in case it must be written anew.
      if (isAsked) stage?.enter('content');
      return content();
    },
    intent: {
      record() {
        isAsked = true;
        return dot.record();
      },
      holds() {
        stage?.enter('final reply');
        return dot.holds();
      },
    },
  };
  const { signatureBytes } = message;
  if (signatureBytes !== undefined && redaction === undefined) transaction.signatureBytes = signatureBytes;
  if (requireTls && fit === 'requiretls') transaction.requireTls = true;
  if (ret !== undefined) transaction.ret = ret;
  if (envid !== undefined) transaction.envid = envid;
  return transaction;
}

/** What a host may not see of a report: the header that it returns, and our signatures, which would be wrong without it. */
function redactionOf({ redactable, signatureBytes = 0 }: Message): Redaction | undefined {
  if (redactable === undefined) return undefined;
  const { from, to } = redactable;
  const cuts = [
    { from: 0, to: signatureBytes },
    { from: signatureBytes + from, to: signatureBytes + to },
  ];
  return { cuts, bytes: signatureBytes + to - from };
}

interface Redaction {
  readonly cuts: Parameters<typeof withoutOctets>[1];
  /** Of all cuts. */
  readonly bytes: number;
}

/**
 * RFC 5321 §4.5.3.1.10: a recipient that was one too many for a transaction may come in the next one, if others got
 * through. Every round delivers to at least one, so the rounds end.
 */
function oneTooMany(
  group: WaitingRecipients,
  { statuses, tooMany = [] }: TransactionResult,
): WaitingRecipients {
  if (tooMany.length === 0 || !statuses.some(({ outcome }) => outcome === 'sent')) return [];
  return group.filter((_, place) => tooMany.includes(place));
}

function isSoftTrouble(status: DeliveryStatus): status is Trouble {
  return status.outcome === 'deferred';
}
