import type { Config } from '../config/config.ts';
import { diagnose } from '../core/diagnosis/diagnose.ts';
import type { ExplainPorts, LivePorts } from '../core/diagnosis/make-view.ts';
import type { HostView, RouteView, RuleView } from '../core/diagnosis/view.ts';
import { answerLines } from '../core/dns/answer-lines.ts';
import type { LookupTrail } from '../core/dns/lookup-trail.ts';
import { nodeShare } from '../core/site/node-share.ts';
import { relayName } from '../core/smtp/verdict.ts';
import type { Candidate, Route } from '../delivery/route.ts';
import type { Queue } from '../queue/open-queue.ts';
import { routeFinder, type DeliveringParts } from './delivering.ts';
import type { TlsPolicies } from './tls-policies.ts';
import type { Transports } from './transports.ts';

/** Messages that are listed for an address. */
const MOST_MAIL = 20;

export interface ExplainingParts {
  readonly config: Config;
  readonly queue: Pick<Queue, 'account' | 'past' | 'failure' | 'waitingFor' | 'page'>;
  readonly tls: Pick<TlsPolicies, 'ruleOf'>;
  readonly transports: Pick<Transports, 'ruleOf' | 'namedIn'>;
  readonly live?: LivePorts;
}

/** Where `dane-relay explain` and the page get their answers. */
export function explainPorts({ config, queue, tls, transports, live }: ExplainingParts): ExplainPorts {
  const { delivery, history } = config;
  const own = nodeShare(delivery, delivery.nodes);
  const ruleAt = (nextHop: string, nextHopRule: string): RuleView => {
    const { entry, origin } = tls.ruleOf(nextHop);
    const level = entry.kind === 'level' ? entry.level : 'invalid';
    return { level, rule: origin, nextHop, nextHopRule };
  };
  return {
    account: (queueId) => queue.account(queueId),
    past: (kind, name) => queue.past(kind, name),
    failure: (queueId, destination) => queue.failure(queueId, destination),
    waitingFor: (destination) => queue.waitingFor(destination),
    async waitingMail(address, destination) {
      const filter = { recipients: [address], destination };
      const { deliveries } = await queue.page({ filter, count: MOST_MAIL });
      return deliveries.slice(0, MOST_MAIL).map((delivery) => {
        const { queueId, state, sender, arrivedAt, attempts, nextAt, dsn, reason, tlsFault } = delivery;
        const last = dsn === undefined || reason === undefined ? undefined : { dsn, reason };
        return {
          queueId,
          state,
          sender,
          arrivedAt,
          attempts,
          ...(nextAt !== undefined && { nextAt }),
          ...(reason !== undefined && { reason }),
          ...(last !== undefined && { last: { ...last, ...(tlsFault !== undefined && { tlsFault }) } }),
        };
      });
    },
    ruleOf(mailbox) {
      const { nextHop, origin } = transports.ruleOf(mailbox);
      return ruleAt(nextHop, origin);
    },
    ruleOfHop(nextHop) {
      const named = transports.namedIn(nextHop);
      return ruleAt(nextHop, named === undefined ? 'the domain of the recipient' : `delivery.${named}`);
    },
    limits: {
      concurrency: own.destinationRateDelayMs > 0 ? 1 : own.destinationConcurrencyLimit,
      recipients: delivery.destinationRecipientLimit,
      rateDelayMs: own.destinationRateDelayMs,
    },
    lifetimeMs: config.queue.lifetimeMs,
    bounceLifetimeMs: config.queue.bounceLifetimeMs,
    keptMs: history.keepMs,
    ...(live !== undefined && { live }),
    now: Date.now,
  };
}

/** How long the lookups for an answer may take. */
const ROUTE_MS = 15_000;

/** What only a relay that runs can tell. */
export function liveExplaining(
  parts: Parameters<typeof routeFinder>[0] & Pick<DeliveringParts, 'activeDestinations'>,
): LivePorts {
  const { resolving, activeDestinations } = parts;
  // Whoever asks neither counts nor logs.
  const sticky: typeof parts.sticky = {
    ...parts.sticky,
    judge: (question) => parts.sticky.peek(question),
  };
  const findRoute = routeFinder({ ...parts, log: () => {}, sticky });
  return {
    resolver() {
      const { validating, reason, sinceMs } = resolving.state();
      return { validating, reason: validating ? '' : reason, since: sinceMs };
    },
    window: (destination) => activeDestinations.get(destination)?.window(),
    async route(nextHop) {
      const signal = AbortSignal.timeout(ROUTE_MS);
      try {
        return await routeView(await findRoute(nextHop, signal), nextHop);
      } catch (error) {
        if (!signal.aborted) throw error;
        return { kind: 'wait', reason: 'the lookups took too long' };
      }
    },
  };
}

/** Hosts whose policy is looked up for an answer. */
const MOST_HOSTS = 16;
/** Lines of the DNS that are told, and how long one is. */
const MOST_LINES = 64;
const LONGEST_LINE = 400;

/** A route in words, with the policy of each of its hosts. */
export async function routeView(route: Route, destination: string): Promise<RouteView> {
  if (route.kind === 'wait') return { kind: 'wait', reason: route.reason };
  if (route.kind === 'trouble') {
    const { dsn, reason } = route.status;
    const diagnosis = diagnose(route.status, destination);
    return { kind: 'trouble', dsn, reason, diagnosis, lookups: linesOf(route.trail?.()) };
  }
  const hosts: HostView[] = [];
  for (const candidate of route.candidates.slice(0, MOST_HOSTS)) hosts.push(await hostView(candidate));
  return { kind: 'route', hosts, lookups: linesOf(route.trail?.()) };
}

async function hostView(candidate: Candidate): Promise<HostView> {
  const policy = await candidate.policy();
  const dns = candidate.evidence?.().dns;
  return {
    host: relayName(candidate),
    preference: candidate.preference,
    ...(policy.kind === 'use' ? { level: policy.level } : { skipped: policy.reason }),
    ...(dns !== undefined && { dns: dns.slice(0, LONGEST_LINE) }),
  };
}

function linesOf(trail: LookupTrail | undefined): readonly string[] {
  const lines = trail?.lookups.flatMap((lookup) => answerLines(lookup)) ?? [];
  return lines.slice(0, MOST_LINES).map((line) => line.slice(0, LONGEST_LINE));
}
