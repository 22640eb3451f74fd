import type { SevenBitPlan } from '../core/mime/seven-bit-plan.ts';
import { needsScan, planEnvelope, type EnvelopePlan } from '../core/smtp/envelope-plan.ts';
import { Ledger } from '../core/smtp/ledger.ts';
import { isIntermediate, isPositive, type Reply } from '../core/smtp/reply.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { Transaction, TransactionResult } from '../core/smtp/transaction.ts';
import {
  canAnswer,
  endsSession,
  isTooManyRecipients,
  outOfStep,
  refused,
  sent,
  unexpectedMessage,
  type MailStage,
} from '../core/smtp/verdict.ts';
import { whenAborted } from '../core/when-aborted.ts';
import type { Writable } from '../core/writable.ts';
import { scanContent, sendContent, signContent } from './content.ts';
import { recordIntent } from './dot-intent.ts';
import type { RunningTransaction, Link } from './running-transaction.ts';
import { isKeptWaiting, mayGoAhead, repliesAhead } from './ahead.ts';
import { isTrouble } from './conversation.ts';
import { toldTrouble } from './shortage.ts';

type Asked = Extract<EnvelopePlan, { kind: 'ask' }>;

/**
 * Offers one message to the server (RFC 5321 §3.3): envelope, content, and the reply that counts. While the server has
 * not answered the dot of the message before, only the envelope is sent.
 */
export async function transact(
  link: Link,
  transaction: Transaction,
  signal: AbortSignal,
  dotSent?: () => void,
): Promise<TransactionResult> {
  link.uses += 1;
  const running: RunningTransaction = {
    link,
    transaction,
    ledger: new Ledger(transaction.recipients.length),
    committed: false,
    tooMany: [],
    altered: [],
    stale: false,
    withdrawn: false,
    broke: false,
  };
  const { before } = link;
  const begin = (): (() => void) => {
    link.notes.offered(transaction);
    return limit(running, signal);
  };
  let end = before === undefined ? begin() : undefined;
  try {
    const plan = await prepare(running);
    const asks = plan !== undefined && plan.recipients.length > 0;
    const isAhead = asks && sendAhead(running, plan);
    if (before !== undefined) {
      if (await isKeptWaiting(link, before)) return withdraw(running);
      end = begin();
    }
    const startedAt = link.now();
    if (asks) await exchange(running, plan, isAhead, dotSent);
    return resultOf(running, startedAt);
  } finally {
    end?.();
    running.handOn?.();
  }
}

/** A message that waited for the one before it is like one that met a dead session: it goes elsewhere. */
function withdraw(running: RunningTransaction): TransactionResult {
  const { link, ledger } = running;
  link.retired = true;
  link.forsaken = link.saidMore;
  running.stale = true;
  running.withdrawn = true;
  ledger.settleOpen(toldTrouble(link, 'MAIL', { kind: 'timeout' }, link.peer));
  const at = link.now();
  return { statuses: ledger.statuses(), startedAt: at, endedAt: at, stale: true, withdrawn: true };
}

function resultOf(
  { link, ledger, stale, broke, tooMany, altered }: RunningTransaction,
  startedAt: number,
): TransactionResult {
  const stray = link.conversation.takeStray();
  const statuses = ledger.statuses();
  link.notes.outcome(statuses);
  const result: Writable<TransactionResult> = { statuses, startedAt, endedAt: link.now() };
  if (stale) result.stale = true;
  if (broke) result.broke = true;
  if (tooMany.length > 0) result.tooMany = tooMany;
  if (altered.length > 0) result.altered = altered;
  if (stray !== undefined) result.stray = stray;
  return result;
}

/** Ends the conversation when it takes too long in all, or `signal` is aborted. Returns the way to take that back. */
function limit(running: RunningTransaction, signal: AbortSignal): () => void {
  const { conversation, timeouts } = running.link;
  const release = whenAborted(signal, () => {
    // After the dot a host has its full time: it may have the message.
    if (!running.committed) conversation.fail({ kind: 'aborted' });
  });
  // A host that is just fast enough at every step may still be too slow overall.
  conversation.limit(timeouts.transactionMs);
  return () => {
    conversation.unlimit();
    release();
  };
}

/** Sends the envelope behind the dot of the message before, if this host bears that. */
function sendAhead({ link }: RunningTransaction, plan: Asked): boolean {
  if (link.before === undefined || !mayGoAhead(link)) return false;
  link.saidMore = true;
  link.conversation.sendAhead(wholeEnvelope(plan), plan.recipients.length + 2);
  return true;
}

/** The envelope to send; undefined if this server must not hear of this message, which settles all recipients. */
async function prepare(running: RunningTransaction): Promise<Asked | undefined> {
  const { link, transaction, ledger } = running;
  const { capabilities, peer } = link;
  let scan: SevenBitPlan | undefined;
  if (needsScan(transaction, capabilities)) {
    scan = await scanContent(running);
    if (scan === undefined) return undefined;
  }
  const plan = planEnvelope(transaction, capabilities, peer, scan);
  if (plan.kind === 'refused') {
    ledger.settleOpen(plan.status);
    return undefined;
  }
  for (const [index, status] of plan.unspeakable) ledger.settle(index, status);
  const isSigned = transaction.signatureBytes !== undefined;
  if (plan.conversion !== undefined && isSigned && !(await signContent(running, plan.conversion)))
    return undefined;
  return plan;
}

async function exchange(
  running: RunningTransaction,
  plan: Asked,
  isAhead: boolean,
  dotSent: (() => void) | undefined,
): Promise<void> {
  const told = isAhead ? await whatCameOfIt(running, plan) : undefined;
  if (told === 'over') return;
  const isAgain = isAhead && told === undefined;
  const isOffered =
    (told !== undefined || (await isReady(running))) && (await offerEnvelope(running, plan, told));
  // It could not be said again: the replies were out of step, or the host does not bear it.
  if (isAgain && running.link.conversation.trouble !== undefined)
    running.link.ahead.failed(running.link.peer);
  if (!isOffered) return;
  // One recipient too many comes again, in this session.
  const mayBeFollowed = dotSent !== undefined && running.tooMany.length === 0 && mayGoAhead(running.link);
  if (!(await sendContent(running, plan.conversion, mayBeFollowed))) return;
  if (mayBeFollowed) handOver(running, dotSent);
  const { link, ledger } = running;
  const { peer, capabilities, timeouts } = link;
  const dotAt = link.now();
  const end = await answer(running, 'end of content', timeouts.dataDoneMs);
  link.ahead.answered(peer, link.now() - dotAt);
  if (end !== undefined && isPositive(end)) {
    const status = sent(end, peer);
    ledger.settleOpen(capabilities.dsn ? status : { ...status, withoutDsn: true });
  } else if (end !== undefined) refuse(running, 'end of content', end);
  // A host that hangs up because of it must not get anything behind a dot again.
  else if (link.saidMore) link.ahead.failed(peer);
}

/** The replies to an envelope that was sent ahead; undefined if it must be said again, `over` if there is nobody left. */
async function whatCameOfIt(
  running: RunningTransaction,
  plan: Asked,
): Promise<readonly Reply[] | 'over' | undefined> {
  const { link, ledger } = running;
  link.saidMore = false;
  if (link.conversation.trouble === undefined) recordIntent(running);
  const told = await repliesAhead(running, plan.recipients.length);
  if (told === 'again') {
    reset(link);
    return undefined;
  }
  if (told !== 'over') return told;
  // It was not this message that ended the session.
  const { trouble = { kind: 'lost' } } = link.conversation;
  running.stale = trouble.kind !== 'aborted';
  ledger.settleOpen(toldTrouble(link, 'MAIL', trouble, link.peer));
  link.conversation.fail({ kind: 'lost' });
  return 'over';
}

/** The dot was sent: lets the next message begin, as far as its envelope. */
function handOver(running: RunningTransaction, dotSent: () => void): void {
  const { link } = running;
  if (!mayGoAhead(link)) return;
  link.before = new Promise((resolve) => {
    running.handOn = () => {
      link.before = undefined;
      resolve();
    };
  });
  dotSent();
}

/** A session that was idle may have ended, and may owe the reply to the RSET of the last transaction. */
async function isReady(running: RunningTransaction): Promise<boolean> {
  const { link, ledger } = running;
  const { conversation } = link;
  if (link.resetSent) {
    link.resetSent = false;
    const reply = await conversation.reply(link.timeouts.rsetMs);
    if (isTrouble(reply) || !isPositive(reply)) link.retired = true;
  }
  if (conversation.sound && !link.retired) return true;
  const { trouble, early } = conversation;
  running.stale = link.uses > 1 && trouble?.kind !== 'aborted';
  if (trouble !== undefined) ledger.settleOpen(toldTrouble(link, 'MAIL', trouble, link.peer));
  else if (early?.code === 421) ledger.settleOpen(refused('MAIL', early, link.peer));
  else ledger.settleOpen(unexpectedMessage(link.peer));
  conversation.fail({ kind: 'lost' });
  return false;
}

/**
 * MAIL FROM, RCPT TO for each recipient, DATA: in one write if the server allows it (RFC 2920 §3.1), otherwise one by
 * one. True when the server waits for the content and at least one recipient will get it.
 *
 * @param told the replies, if it was sent before
 */
async function offerEnvelope(
  running: RunningTransaction,
  plan: Asked,
  told?: readonly Reply[],
): Promise<boolean> {
  const { link } = running;
  const { conversation, timeouts } = link;
  const { pipelining } = link.capabilities;
  if (pipelining && told === undefined) {
    recordIntent(running);
    conversation.send(wholeEnvelope(plan), plan.recipients.length + 2);
  }
  const say = (line: string): void => {
    if (!pipelining) conversation.send(line, 1);
  };
  const known = told?.values();
  const replyTo = async (stage: MailStage, timeoutMs: number): Promise<Reply | undefined> =>
    known === undefined ? answer(running, stage, timeoutMs) : known.next().value;

  say(plan.mail);
  const mail = await replyTo('MAIL', timeouts.mailMs);
  if (mail === undefined) return false;
  const mailAccepted = isPositive(mail);
  if (!mailAccepted) {
    refuse(running, 'MAIL', mail);
    if (!pipelining) return false;
  }

  let accepted = 0;
  for (const { index, line } of plan.recipients) {
    say(line);
    const rcpt = await replyTo('RCPT', timeouts.rcptMs);
    if (rcpt === undefined) return false;
    if (isPositive(rcpt)) accepted += 1;
    else if (mailAccepted) {
      refuse(running, 'RCPT', rcpt, index);
      if (isTooManyRecipients(rcpt)) running.tooMany.push(index);
    }
  }
  if (accepted === 0 && !pipelining) return reset(link);

  if (!pipelining) recordIntent(running);
  say(dataCommand);
  const data = await replyTo('DATA', timeouts.dataInitMs);
  if (data === undefined) return false;
  if (isIntermediate(data)) {
    return mailAccepted && accepted > 0 ? true : sendNothing(running, accepted);
  }
  if (accepted > 0) refuse(running, 'DATA', data);
  return mailAccepted ? reset(link) : false;
}

const dataCommand = 'DATA\r\n';

function wholeEnvelope(plan: Asked): string {
  const [first] = plan.recipients;
  const lines =
    plan.recipients.length === 1 && first !== undefined
      ? first.line
      : plan.recipients.map(({ line }) => line).join('');
  return `${plan.mail}${lines}${dataCommand}`;
}

/** DATA was sent with an envelope that failed, and the server asks for content all the same. */
async function sendNothing({ link }: RunningTransaction, accepted: number): Promise<false> {
  if (accepted > 0) {
    // The sender was refused and recipients were accepted: an empty message would reach them.
    link.conversation.fail({ kind: 'lost' });
    return false;
  }
  // RFC 2920 §3.1: without a recipient, the end of data alone ends it.
  link.conversation.send('.\r\n', 1);
  const end = await link.conversation.reply(link.timeouts.dataDoneMs);
  if (isTrouble(end) || end.code === 421 || !canAnswer('end of content', end)) link.retired = true;
  return false;
}

/**
 * The next reply; undefined if there is none, if it cannot be the answer, or if the server leaves with it (421). Each
 * of these settles the open recipients and ends the session.
 */
async function answer(
  running: RunningTransaction,
  stage: MailStage,
  timeoutMs: number,
): Promise<Reply | undefined> {
  const { link, ledger } = running;
  const reply = await link.conversation.reply(timeoutMs);
  const trouble = isTrouble(reply)
    ? toldTrouble(link, stage, reply, link.peer)
    : noAnswer(link, stage, reply);
  if (trouble === undefined && !isTrouble(reply)) return reply;
  running.broke = isTrouble(reply) && link.conversation.broke;
  // A server, or a firewall before it, that let an idle session time out says so when the session is used again, or
  // says nothing.
  const ended = !isTrouble(reply) || reply.kind === 'lost' || reply.kind === 'timeout';
  if (stage === 'MAIL' && link.uses > 1 && ended) running.stale = true;
  if (trouble !== undefined) ledger.settleOpen(trouble);
  link.conversation.fail({ kind: 'lost' });
  return undefined;
}

/** Why a reply is no answer, or the last one; undefined if it is an answer. */
function noAnswer({ conversation, peer }: Link, stage: MailStage, reply: Reply): Trouble | undefined {
  if (reply.code === 421) return refused(stage, reply, peer);
  if (!canAnswer(stage, reply)) return outOfStep(stage, reply, peer);
  // There is one reply too many within the envelope, so nobody can tell which is the answer.
  const { excess } = conversation;
  if (excess === undefined || (stage !== 'MAIL' && stage !== 'RCPT')) return undefined;
  return excess.code === 421 ? refused(stage, excess, peer) : outOfStep(stage, excess, peer);
}

/** Settles one recipient, or all open ones, by an unwelcome reply. */
function refuse({ link, ledger }: RunningTransaction, stage: MailStage, reply: Reply, index?: number): void {
  const status = refused(stage, reply, link.peer);
  if (index === undefined) ledger.settleOpen(status);
  else ledger.settle(index, status);
  if (endsSession(reply)) link.retired = true;
}

/** Aborts the transaction (RFC 5321 §4.1.1.5). The next transaction takes the reply. */
function reset(link: Link): false {
  link.conversation.send('RSET\r\n', 1);
  link.resetSent = true;
  return false;
}
