import type { Attempt } from '../core/delivery/attempt.ts';
import type { Judged, SessionTls } from '../core/delivery/session.ts';
import { rdataText } from '../core/dane/record-text.ts';
import { referenceText } from '../core/dane/names.ts';
import type { LookedUp } from '../core/dns/lookup-trail.ts';
import { isDane } from '../core/levels/levels.ts';
import { receiptAnswer } from '../core/receipt/answer-text.ts';
import type { Receipt, ReceiptJudgement, ReceiptSession } from '../core/receipt/receipt.ts';
import type { Concluded } from './concluded.ts';
import { statesOf } from './states.ts';

/** Recipients of one attempt that get a receipt; each is some kilobytes. */
export const MOST_RECEIPTS = 50;
/** Characters of what a host or a client chose. */
const LONGEST_TEXT = 500;
/** Answers in one receipt. */
const MOST_ANSWERS = 32;

export interface Stated {
  readonly index: number;
  readonly receipt: Receipt;
}

/** A recipient on whom the last word is known. */
export interface Decided {
  readonly attempt: Attempt;
  readonly state: Receipt['outcome']['state'];
}

/** Whom an attempt was the last one for. */
export function decidedBy({ attempts, settlement }: Concluded): readonly Decided[] {
  const stateOf = statesOf(settlement);
  return attempts.flatMap((attempt) => {
    const state = stateOf(attempt);
    return state === 'deferred' || state === 'held' ? [] : [{ attempt, state }];
  });
}

/** What can be stated of the first of them: nothing that was not judged, answered or replied in this attempt. */
export function receiptsOf(
  { message, count, at }: Concluded,
  decided: readonly Decided[],
  issuer: string,
): readonly Stated[] {
  const { queueId, envelope, arrivedAt, size } = message;
  const messageId = message.messageId.slice(0, LONGEST_TEXT);
  const told = { queueId, messageId, sender: envelope.sender, arrivedAt: timeText(arrivedAt), size };
  const grounds = new Map<Attempt['session'], Grounds>();
  return decided.slice(0, MOST_RECEIPTS).map(({ attempt, state }): Stated => {
    const { dsn, reason } = attempt.status;
    const outcome = { state, at: timeText(at), dsn, reply: reason.slice(0, LONGEST_TEXT), attempts: count };
    const of = grounds.get(attempt.session) ?? groundsOf(attempt);
    grounds.set(attempt.session, of);
    const { address: recipient } = attempt.recipient;
    return { index: attempt.index, receipt: { schema: 1, issuer, message: told, recipient, outcome, ...of } };
  });
}

/** The same for all recipients that heard of it in one session. */
type Grounds = Pick<Receipt, 'session' | 'answers' | 'answersLeftOut'>;

function groundsOf(attempt: Attempt): Grounds {
  const session = attempt.session && receiptSession(attempt.session);
  return { ...(session !== undefined && { session }), ...answersOf(attempt, session) };
}

function receiptSession({ host, address, port, tls }: NonNullable<Attempt['session']>): ReceiptSession {
  const where = { host, address, port };
  if (tls === undefined) return where;
  const { word, facts, judged } = tls;
  return { ...where, tls: { ...facts, word }, ...(judged && { judgement: judgementOf(judged, tls) }) };
}

function judgementOf(
  { at, level, chain, records, names, digests }: Judged,
  { proof }: SessionTls,
): ReceiptJudgement {
  const { record, depth = 0, peerName } = proof ?? {};
  // At other levels a record is a trust anchor of the settings, which nobody has published.
  const counts = isDane(level);
  const matched = counts &&
    record && {
      record: rdataText(record),
      depth,
      ...(peerName !== undefined && { peerName }),
    };
  return {
    at: timeText(at),
    level,
    chain: chain.map((der) => Buffer.from(der).toString('base64')),
    records: counts ? records.map(rdataText) : [],
    names: names.map(referenceText),
    ...(digests !== undefined && { digests }),
    ...(matched && { matched }),
  };
}

/** Those that led to this host. Others of the route are hosts that had no part in it. */
function answersOf(
  { evidence }: Attempt,
  session: ReceiptSession | undefined,
): Pick<Receipt, 'answers' | 'answersLeftOut'> {
  const trail = evidence?.trail?.();
  if (trail === undefined) return { answers: [] };
  // RFC 7672 §2.2.3: that there is nothing where the alias leads is a part of it.
  const ends = trail.lookups.flatMap(({ name, answer }) =>
    name === session?.host && answer.kind === 'found' ? [answer.name] : [],
  );
  const names = new Set([session?.host, ...ends, ...(session?.judgement?.names ?? [])]);
  const isOfHost = ({ name, type }: LookedUp): boolean =>
    type === 'MX' ||
    session === undefined ||
    (type === 'TLSA' ? names.has(name.replace(/^_\d{1,5}\._tcp\./, '')) : names.has(name));
  const all = trail.lookups.filter(isOfHost);
  const answers = all.slice(-MOST_ANSWERS).map(receiptAnswer);
  const answersLeftOut = all.length - answers.length + trail.leftOut;
  return { answers, ...(answersLeftOut > 0 && { answersLeftOut }) };
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
