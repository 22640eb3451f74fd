import type { KeptAttempt } from '../mail/kept.ts';
import type { TlsAsked } from '../mail/tls-need.ts';
import { attemptLines, evidenceLines, outcomeLine, policyText } from './attempt-text.ts';
import { lengthText, listText, type Clock } from './clock.ts';
import { resolverLines, ruleText, watchedLines } from './rule-text.ts';
import type { MessageView, RuleView, WaitingView } from './view.ts';

/** Attempts at one destination that are shown, the latest. */
const MOST_ATTEMPTS = 6;

export function messageLines(whole: MessageView, clock: Clock): readonly string[] {
  const attempts = whole.attempts.filter(({ moved }) => moved === undefined);
  const view = { ...whole, attempts };
  const { waiting, waitingLeftOut = 0 } = view;
  const destinations = new Set([...waiting, ...attempts].map(({ destination }) => destination));
  const last = whole.attempts.at(-1);
  return [
    headLine(whole, clock),
    ...whole.attempts.flatMap((one) => moveLines(one, clock)),
    ...[...destinations].flatMap((destination) => destinationPart(destination, view, clock)),
    ...(waitingLeftOut > 0 ? [`it waits at ${waitingLeftOut} more destinations`] : []),
    ...(waiting.length > 0
      ? resolverLines(view.resolver, clock)
      : last?.moved !== undefined && 'to' in last.moved
        ? ['It is no longer in this queue: "dane-relay explain" of the relay there tells the rest.']
        : [endLine(attempts)]),
  ];
}

/** It was moved by `queue drain`. */
function moveLines({ moved, at }: KeptAttempt, { time }: Clock): readonly string[] {
  if (moved === undefined) return [];
  return [
    'to' in moved
      ? `moved to the queue ${moved.to} ${time(at)}`
      : `moved here from the queue ${moved.from} ${time(at)}`,
  ];
}

/** Of a message that left. */
function endLine(attempts: readonly KeptAttempt[]): string {
  const isOpenEnded = attempts.at(-1)?.results.some(isOpen) === true;
  return isOpenEnded
    ? 'It is no longer in the queue, and what became of the rest is not known: it was deleted (the log has a line), or its last outcome was forgotten.'
    : 'It is no longer in the queue.';
}

function headLine({ queueId, message, attempts }: MessageView, { time }: Clock): string {
  const facts = message ?? attempts[0];
  if (facts === undefined) return queueId;
  const { sender, arrivedAt, client, size, messageId, tlsAsked } = facts;
  const from = client === undefined ? '' : ` from ${client}`;
  const id = messageId === '' ? '' : `, Message-ID ${messageId}`;
  const tls = tlsAsked === undefined ? '' : `, ${tlsWishes[tlsAsked]}`;
  return `${queueId}: from ${sender === '' ? '<> (a report)' : sender}, taken ${time(arrivedAt)}${from}, ${size} octets${id}${tls}`;
}

const tlsWishes: Readonly<Record<TlsAsked, string>> = {
  required: 'over TLS only (REQUIRETLS)',
  optional: 'without a proof if need be (TLS-Required: No)',
};

function destinationPart(destination: string, view: MessageView, clock: Clock): readonly string[] {
  const waiting = view.waiting.filter((one) => one.destination === destination);
  const attempts = view.attempts.filter((one) => one.destination === destination);
  const failure = view.failures.find((one) => one.destination === destination)?.failure;
  const earlier = attempts.length - MOST_ATTEMPTS;
  const isOver = waiting.length === 0;
  // Once it was delivered, why it was not before is of less interest.
  const showsEvidence =
    failure !== undefined && attempts.at(-1)?.results.some(({ state }) => state !== 'delivered');
  return [
    ...outcomes(attempts, isOver, clock),
    ...waiting.flatMap((one) => waitingLines(one, view, clock)),
    ...(earlier > 0 ? [`  (${earlier} earlier attempts: --json)`] : []),
    ...attempts
      .slice(-MOST_ATTEMPTS)
      .flatMap((attempt) => attemptLines(attempt, clock))
      .map(indented),
    ...dnsLines(attempts.at(-1), waiting[0]?.policy).map(indented),
    ...(showsEvidence ? evidenceLines(failure).map(indented) : []),
  ];
}

/** What has become of recipients that no longer wait. */
function outcomes(attempts: readonly KeptAttempt[], isOver: boolean, clock: Clock): readonly string[] {
  return attempts.flatMap((attempt, place) =>
    attempt.results
      .filter(({ state }) => state !== 'deferred' && state !== 'held')
      .concat(isOver && place === attempts.length - 1 ? attempt.results.filter(isOpen) : [])
      .map((result) => outcomeLine(result, attempt, clock)),
  );
}

function isOpen({ state }: KeptAttempt['results'][number]): boolean {
  return state === 'deferred' || state === 'held';
}

function waitingLines(waiting: WaitingView, view: MessageView, clock: Clock): readonly string[] {
  const {
    recipients,
    recipientsLeftOut,
    diagnosis,
    last,
    postponed,
    suspended,
    watched,
    destination,
    policy,
  } = waiting;
  const { time } = clock;
  return [
    `${listText(recipients, recipientsLeftOut)}: ${stateText(waiting, view, clock)}`,
    ...(diagnosis === undefined ? [] : [`  why: ${diagnosis.cause}`]),
    ...(last === undefined ? [] : [`  the log said: ${last.reason}`]),
    ...(postponed === undefined ? [] : [`  it is due and not tried: ${postponed}`]),
    ...(suspended === undefined
      ? []
      : [`  ${destination} is left alone until ${time(suspended.until)}: ${suspended.cause.reason}`]),
    ...watchedLines(watched, clock),
    ...(diagnosis?.advice ?? []).map((advice) => `  what to do: ${advice}`),
    `  policy: ${ruleText(policy)}`,
  ];
}

function stateText(
  { state, attempts, nextAt }: WaitingView,
  view: MessageView,
  { time, now }: Clock,
): string {
  const { message, givenUpAt } = view;
  const since =
    message === undefined ? '' : ` since ${time(message.arrivedAt)} (${lengthText(now - message.arrivedAt)})`;
  const tried = attempts === 0 ? 'not tried yet' : attempts === 1 ? 'tried once' : `tried ${attempts} times`;
  const next = nextAt === undefined ? '' : nextAt <= now ? ', due now' : `, next try ${time(nextAt)}`;
  const end = givenUpAt === undefined ? '' : `, given up ${time(givenUpAt)}`;
  switch (state) {
    case 'active':
      return `being tried now, waiting${since}, ${tried}${end}`;
    case 'hold':
      return `on hold${since}, ${tried}: it is tried again once you release it (dane-relay queue release ${view.queueId})`;
    case 'held':
      return `held${since}, ${tried}: it is sent only if you say so (dane-relay queue release ${view.queueId})`;
    case 'queued':
    case 'deferred':
      return `waiting${since}, ${tried}${next}${end}`;
  }
}

function dnsLines(last: KeptAttempt | undefined, now: RuleView | undefined): readonly string[] {
  if (last?.dns === undefined || last.policy === undefined) return [];
  const { level, rule } = last.policy;
  const isTheSame = now !== undefined && now.level === level && now.rule === rule;
  return [
    `DNS at the last attempt: ${last.dns}`,
    ...(isTheSame ? [] : [`policy at the last attempt: ${policyText(last.policy)}`]),
  ];
}

function indented(line: string): string {
  return `  ${line}`;
}
