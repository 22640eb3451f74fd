import type { KeptAttempt } from '../mail/kept.ts';
import { certificateLines, outcomeLine } from './attempt-text.ts';
import { countText } from '../mail/count-text.ts';
import { lengthText, type Clock } from './clock.ts';
import { resolverLines, ruleText, watchedLines } from './rule-text.ts';
import type { AddressView, DestinationView, RouteView, WaitingMail, WaitingSummary } from './view.ts';

export function destinationLines(view: DestinationView, clock: Clock): readonly string[] {
  const { destination, policy, resolver, route, window, limits, waiting, attempts, failure, live } = view;
  return [
    ...waitingLines(destination, waiting, clock),
    ...resolverLines(resolver, clock),
    `policy: ${ruleText(policy)}`,
    ...(route === undefined ? [] : routeLines(route)),
    limitsLine(limits, window, live),
    ...attemptLines(attempts, false, clock),
    ...(failure === undefined ? [] : certificateLines(failure)),
  ];
}

export function addressLines(view: AddressView, clock: Clock): readonly string[] {
  const { address, nextHop, policy, resolver, messages, attempts, hasMore, waiting } = view;
  return [
    ...messages.flatMap((mail) => mailLines(mail, address, clock)),
    ...(attempts.length === 0 ? [`${address}: no attempt to deliver to it, or in its name, is known`] : []),
    ...attemptLines(attempts, true, clock),
    ...(hasMore ? ['(older ones are known too)'] : []),
    ...waitingLines(nextHop, waiting, clock),
    ...resolverLines(resolver, clock),
    `policy: ${ruleText(policy)}`,
  ];
}

function mailLines(mail: WaitingMail, address: string, { time, now }: Clock): readonly string[] {
  const { queueId, state, sender, arrivedAt, nextAt, reason, diagnosis } = mail;
  const next = nextAt === undefined ? '' : nextAt <= now ? ', due now' : `, next try ${time(nextAt)}`;
  const from = sender === '' ? '<>' : sender;
  return [
    `${queueId} for ${address}, from ${from}: ${state} since ${time(arrivedAt)}${next}${reason === undefined ? '' : `: ${reason}`}`,
    ...(diagnosis === undefined ? [] : [`  ${diagnosis.cause}`]),
  ];
}

function waitingLines(
  destination: string,
  waiting: WaitingSummary | undefined,
  clock: Clock,
): readonly string[] {
  const { time, now } = clock;
  if (waiting === undefined) return [`${destination}: nothing waits for it`];
  const { messages, lookedAt, oldestAt, nextAt, reasons, suspended, watched, postponed } = waiting;
  const oldest = oldestAt === undefined ? '' : `, the oldest for ${lengthText(now - oldestAt)}`;
  const next = nextAt === undefined ? '' : nextAt <= now ? ', due now' : `, next try ${time(nextAt)}`;
  return [
    `${destination}: ${countText(messages, 'message')} ${messages === 1 ? 'waits' : 'wait'}${oldest}${next}`,
    ...(postponed === undefined ? [] : [`  due and not tried: ${postponed}`]),
    ...(suspended === undefined
      ? []
      : [
          `  left alone since ${time(suspended.since)} until ${time(suspended.until)}: ${suspended.cause.reason}`,
        ]),
    ...watchedLines(watched, clock),
    ...reasons.flatMap(({ messages: count, state, reason, diagnosis }) => [
      `  ${count} ${state}${reason === undefined ? '' : `: ${reason}`}`,
      ...(diagnosis === undefined ? [] : [`    ${diagnosis.cause}`]),
      ...(diagnosis?.advice ?? []).map((advice) => `    what to do: ${advice}`),
    ]),
    ...(lookedAt < messages ? [`  (of the ${lookedAt} that are due first)`] : []),
  ];
}

function routeLines(route: RouteView): readonly string[] {
  if (route.kind === 'wait') return [`route: not looked for: ${route.reason}`];
  const lookups = route.lookups.map((line) => `  ${line}`);
  if (route.kind === 'trouble') {
    return [`route: none: ${route.reason}`, `  ${route.diagnosis.cause}`, ...lookups];
  }
  return [
    'route, as found now:',
    ...route.hosts.map(({ host, preference, level, skipped, dns }) => {
      const how = level === undefined ? `not spoken to: ${skipped ?? 'unknown'}` : level;
      return `  ${preference} ${host}: ${how}${dns === undefined ? '' : ` (${dns})`}`;
    }),
    ...lookups,
  ];
}

function limitsLine(
  { concurrency, recipients, rateDelayMs }: DestinationView['limits'],
  window: number | undefined,
  live: boolean,
): string {
  const pause = rateDelayMs === 0 ? '' : `, a pause of ${lengthText(rateDelayMs)} after each`;
  const now = window === undefined ? (live ? ', nothing under way now' : '') : `, now ${window}`;
  return `limits: ${concurrency} deliveries at a time${now}, ${recipients} recipients in one${pause}`;
}

function attemptLines(attempts: readonly KeptAttempt[], named: boolean, clock: Clock): readonly string[] {
  const lines = attempts.flatMap((attempt) =>
    attempt.results.map((result) => {
      const from = named ? ` (from ${attempt.sender === '' ? '<>' : attempt.sender})` : '';
      const why = result.state === 'delivered' ? '' : `: ${result.reason}`;
      return `  ${attempt.queueId} ${outcomeLine(result, attempt, clock)}${why}${from}`;
    }),
  );
  return lines.length === 0 ? [] : ['attempts, the newest first:', ...lines];
}
