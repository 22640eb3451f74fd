import { historyOf } from '../delivery/history.ts';
import { keptLimits } from '../config/kept-limits.ts';
import { historyLimits, type Telling } from './history.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { Log } from '../core/log/log-event.ts';
import { observeTogether, type ObserveSession } from '../core/delivery/session-event.ts';
import { eventRecord } from '../core/trace/trace-record.ts';
import { linesOf } from '../core/trace/trace-text.ts';
import { nodeShare } from '../core/site/node-share.ts';
import { judge } from '../core/tls-policy/judge.ts';
import { createTurns } from '../core/turns.ts';
import { createMemoryBudget } from '../core/memory-budget.ts';
import { createAddressLimit } from '../delivery/address-limit.ts';
import { findRoute, type RouteRules } from '../delivery/find-route.ts';
import type { OpeningPorts } from '../delivery/openings.ts';
import type { Connection } from '../delivery/ports.ts';
import type { Receipts } from './receipts.ts';
import { createFailedSessions, type FailedSessions } from '../delivery/failed-sessions.ts';
import { createPulse } from '../delivery/pulse.ts';
import { createReachability } from '../delivery/reachability.ts';
import { rerouting } from '../delivery/rerouting.ts';
import type { RolloverWatch } from '../delivery/rollover-watch.ts';
import { LINGER_STEP_MS, serveDestination, type ServePorts } from '../delivery/serve-destination.ts';
import type { StickyKeeper } from '../delivery/sticky.ts';
import type { TellWhatIf } from '../delivery/what-if.ts';
import type { Run } from '../queue/open-queue.ts';
import { shareLookups, type FairLookups } from '../resolver/fair-lookups.ts';
import { createAheadMemory } from '../session/ahead-memory.ts';
import { connect, dial } from '../session/connect.ts';
import type { SessionOptions } from '../session/target.ts';
import { addressFull, memoryUsedUp } from '../delivery/log-lines.ts';
import type { Meters } from '../status/meters.ts';
import type { StsFinder } from '../sts/sts-finder.ts';
import { familiesOf } from './families.ts';
import type { Logins } from './logins.ts';
import { meteredDial, meteredJudge, meteredRoutes } from './metered.ts';
import { dateText, noticesOf, reportWriter } from './reporting.ts';
import { ownHosts } from './own-hosts.ts';
import type { Resolving } from './resolving.ts';
import type { Signing } from './signing.ts';
import type { TlsPolicies } from './tls-policies.ts';
import { createTlsReporting, type TlsReporting } from './tls-reports.ts';
import type { Transports } from './transports.ts';

export interface DeliveringParts {
  readonly config: Config;
  readonly hostname: string;
  /** As for SessionOptions. */
  readonly heloName: string;
  readonly resolving: Resolving;
  /** The lookups with which next hops are found. */
  readonly lookups: FairLookups;
  /** Finds MTA-STS policies. */
  readonly sts: Pick<StsFinder, 'find'>;
  /** Which destinations were proved by DANE. */
  readonly sticky: StickyKeeper;
  /** Is told of next hops that mail goes to with DANE; absent: nobody checks them. */
  readonly mailed?: (nextHop: string) => void;
  readonly tls: TlsPolicies;
  readonly transports: Transports;
  readonly logins: Logins;
  readonly signing: Pick<Signing, 'sign' | 'signAgain'>;
  readonly telling: Telling;
  readonly receipts: Receipts;
  /** Where mail is accepted, as far as this process knows. */
  readonly listening: () => readonly { readonly host: string; readonly port: number }[];
  readonly newQueueId: () => string;
  readonly log: Log;
  /** Is filled with the destinations that are served now. */
  readonly activeDestinations: ServePorts['activeDestinations'];
  readonly openings: OpeningPorts;
  /** Follows TLSA records that no certificate matches; absent: nobody does. */
  readonly rollover?: RolloverWatch;
  readonly meters: Meters;
  /** Is told of each message that a host has taken. */
  readonly whatIf?: TellWhatIf;
  /** Watches the sessions. */
  readonly observe?: ObserveSession;
  /** Is called for each session that has no TLS. */
  readonly connectedInClear?: () => void;
}

/** The limits that all deliveries of this process share: connections to each address, and memory. */
export function createOpenings({ delivery }: Config, log: Log): OpeningPorts {
  const own = nodeShare(delivery, delivery.nodes);
  // An operator that allows a destination this many connections means it.
  const least = own.destinationConcurrencyLimit;
  const limit = own.addressConcurrencyLimit === 0 ? Infinity : Math.max(own.addressConcurrencyLimit, least);
  return {
    addresses: createAddressLimit({
      limit,
      now: Date.now,
      onFull: (address) => log(addressFull(address, limit)),
    }),
    memory: createMemoryBudget(delivery.memoryLimitBytes, () => log(memoryUsedUp(delivery.memoryLimitBytes))),
  };
}

/** RFC 8305 §5. */
const HEAD_START_MS = 250;

/** Nothing more is begun for a destination once a turn of the event loop has taken so long. */
const TURN_MS = 10;

/** Half of what the private Unbound takes before it drops queries; each lookup also takes an open file. */
const LOOKUPS_AT_ONCE = 256;

/** The lookups of all deliveries of this process. */
export function createLookups({ lookup }: Resolving): FairLookups {
  return shareLookups({ lookup, atOnce: LOOKUPS_AT_ONCE });
}

/** Assembles how this relay serves a destination of its queue. */
export function deliveringRun(parts: DeliveringParts, stopping: AbortSignal, giveUp: AbortSignal): Run {
  const ports = servePorts(parts);
  return (lease) =>
    serveDestination(
      rerouting(lease, (mailbox) => parts.transports.nextHopOf(mailbox), parts.log),
      ports,
      stopping,
      giveUp,
    );
}

/** Finds the route of a next hop as deliveries do. */
export function routeFinder(
  parts: Pick<
    DeliveringParts,
    | 'config'
    | 'hostname'
    | 'tls'
    | 'transports'
    | 'logins'
    | 'listening'
    | 'resolving'
    | 'lookups'
    | 'sts'
    | 'sticky'
    | 'mailed'
    | 'log'
  >,
): ServePorts['findRoute'] {
  const rules = routeRules(parts);
  const ports = {
    isValidating: () => parts.resolving.isValidating(),
    findSts: parts.sts.find,
    sticky: parts.sticky,
    ...(parts.mailed !== undefined && { mailed: parts.mailed }),
    log: parts.log,
    now: Date.now,
    dice: Math.random,
  };
  return (nextHop, signal) => findRoute(nextHop, rules, { ...ports, lookup: parts.lookups.asker() }, signal);
}

function servePorts(parts: DeliveringParts): ServePorts {
  const { config, log, activeDestinations, openings, meters } = parts;
  const { delivery } = config;
  const own = nodeShare(delivery, delivery.nodes);
  const failed = keptLimits(config) && createFailedSessions((event) => linesOf(eventRecord(0, event)));
  // The one that always listens comes first: the others are not asked then.
  const observers = [failed?.observe, parts.observe].filter((observe) => observe !== undefined);
  const observe = observeTogether(observers);
  const sessions = sessionOptions({ ...parts, ...(observe !== undefined && { observe }) });
  const options = { ...sessions, ...(parts.receipts.isUsed && { keepsJudged: true }) };
  const session = {
    ...options,
    judge: meteredJudge(options.judge, meters),
    secured: (tookMs: number) => meters.secured(tookMs),
  };
  const dialled = meteredDial(dialler(session, parts.connectedInClear), meters);
  const reporting = createTlsReporting(parts);
  return {
    policyVersion: routeRules(parts).version,
    findRoute: meteredRoutes(routeFinder(parts), meters),
    deliver: {
      dial: reporting === undefined ? dialled : reporting.dial(dialled),
      reachability: createReachability(Date.now),
      headStartMs: HEAD_START_MS,
      log,
      now: Date.now,
      limits: {
        recipients: delivery.destinationRecipientLimit,
        sessions: delivery.mxSessionLimit || Infinity,
        clearAfterMs: config.queue.minimalBackoffMs,
      },
      ambiguous: config.queue.ambiguous,
      ...(parts.whatIf !== undefined && { whatIf: parts.whatIf }),
    },
    conclude: concludePorts(parts, failed, reporting?.sessionsOf),
    pool: {
      reuse: delivery.connectionReuse,
      idleMs: delivery.connectionCacheTimeLimitMs,
      ageMs: delivery.connectionReuseTimeLimitMs,
      count: delivery.connectionReuseCountLimit,
    },
    concurrency: {
      // A pause between deliveries means one delivery at a time.
      limit: own.destinationRateDelayMs > 0 ? 1 : own.destinationConcurrencyLimit,
      initial: own.initialDestinationConcurrency,
      failedCohortLimit: delivery.destinationConcurrencyFailedCohortLimit,
      positive: delivery.destinationConcurrencyPositiveFeedback,
      negative: delivery.destinationConcurrencyNegativeFeedback,
      suspendMs: config.queue.minimalBackoffMs,
    },
    pulse: createPulse(LINGER_STEP_MS),
    ...(parts.rollover !== undefined && { rollover: parts.rollover }),
    rateDelayMs: own.destinationRateDelayMs,
    openings,
    activeDestinations,
    log,
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    turns: createTurns({
      now: () => performance.now(),
      afterTurn: (callback) => void setImmediate(callback),
      mostMs: TURN_MS,
    }),
  };
}

/** The rules by which this relay finds a route, and the policy of each host on it. */
export function routeRules({
  config,
  hostname,
  tls,
  transports,
  logins,
  listening,
}: Pick<DeliveringParts, 'config' | 'hostname' | 'tls' | 'transports' | 'logins' | 'listening'>): RouteRules {
  const { delivery } = config;
  return {
    version: () => tls.version() + transports.version() + logins.version(),
    policy: (nextHop) => tls.policy(nextHop),
    ruleOf: (nextHop) => tls.ruleOf(nextHop).origin,
    whatIf: (nextHop) => tls.whatIf(nextHop),
    tls: () => tls.settings(),
    insecureMxPolicy: config.tls.daneInsecureMxPolicy,
    port: delivery.port,
    wrapper: config.tls.wrappermode,
    fallbackRelay: delivery.fallbackRelay,
    namedIn: (nextHop) => transports.namedIn(nextHop),
    login: (host, nextHop) => logins.login(host, nextHop),
    own: () => ownHosts(hostname, listening(), delivery),
    families: familiesOf(delivery.inetProtocols),
    order: {
      prefer: delivery.addressPreference,
      limit: delivery.mxAddressLimit,
      balance: delivery.balanceInetProtocols,
    },
  };
}

/** Dials an address and opens a session on the connection, by the client of the room `session`. */
export function dialler(
  session: SessionOptions,
  connectedInClear = (): void => {},
): ServePorts['deliver']['dial'] {
  return async ({ host, address, port, best }, signal, ended = () => {}, errand) => {
    const peer = { host, address, port, ...(errand !== undefined && { errand }) };
    const socket = await dial(peer, session, signal);
    if ('kind' in socket) {
      ended();
      return socket;
    }
    if (socket.closed) ended();
    else socket.once('close', ended);
    const connection: Connection = {
      localAddress: socket.localAddress,
      async open(policy, nextHop, whole) {
        const connected = await connect({ ...peer, policy, nextHop, best }, session, whole, socket);
        if (connected.kind === 'open' && connected.session.tls === undefined) connectedInClear();
        return connected;
      },
      close: () => socket.destroy(),
    };
    return { kind: 'open', connection };
  };
}

/** How this relay speaks to a host. */
export function sessionOptions({
  config: { delivery, tls },
  hostname,
  heloName,
  signing,
  observe,
  log,
}: Pick<DeliveringParts, 'config' | 'hostname' | 'heloName' | 'observe' | 'log'> & {
  readonly signing?: DeliveringParts['signing'];
}): SessionOptions {
  return {
    heloName,
    hostname,
    timeouts: {
      connectMs: delivery.connectTimeoutMs,
      heloMs: delivery.heloTimeoutMs,
      starttlsMs: delivery.starttlsTimeoutMs,
      mailMs: delivery.mailTimeoutMs,
      rcptMs: delivery.rcptTimeoutMs,
      dataInitMs: delivery.dataInitTimeoutMs,
      dataXferMs: delivery.dataXferTimeoutMs,
      dataDoneMs: delivery.dataDoneTimeoutMs,
      rsetMs: delivery.rsetTimeoutMs,
      transactionMs: delivery.transactionTimeoutMs,
      quitMs: delivery.quitTimeoutMs,
    },
    minDataRate: delivery.minDataRateBytes,
    ahead: createAheadMemory(delivery.envelopeAhead),
    judge,
    ...(signing !== undefined && { sign: signing.signAgain }),
    tlsDetails: tls.loglevel >= 2,
    noteStartTlsOffer: tls.noteStarttlsOffer,
    now: Date.now,
    log,
    ...(observe !== undefined && { observe }),
  };
}

function concludePorts(
  {
    telling,
    config,
    hostname,
    resolving,
    tls,
    transports,
    signing,
    receipts,
    newQueueId,
    log,
  }: DeliveringParts,
  failed: FailedSessions | undefined,
  sessionsOf: TlsReporting['sessionsOf'] | undefined,
): ServePorts['conclude'] {
  const { queue } = config;
  const limits = keptLimits(config);
  const history = {
    limits: historyLimits(config),
    ...(telling.outcome !== undefined && { tell: telling.outcome }),
    ...(sessionsOf !== undefined && { sessionsOf }),
    ...(limits !== undefined && {
      keep: { limits, sessionOf: (id: string, destination: string) => failed?.take(id, destination) },
    }),
  };
  const { minimalBackoffMs, maximalBackoffMs, lifetimeMs, bounceLifetimeMs, ambiguous } = queue;
  return {
    compose: reportWriter({ config, hostname, signing, newQueueId, log }),
    // A resolver in trouble makes every domain fail, so no message expires because of it.
    mayExpire() {
      const { validating, answering } = resolving.state();
      return validating || (answering && !tls.wantsDane());
    },
    nextHopOf: (mailbox) => transports.nextHopOf(mailbox),
    reporter: { hostname, dateText },
    notices: noticesOf(config, hostname),
    delayWarningMs: queue.delayWarningTimeMs,
    tlsStatusShown: config.delivery.logTlsFeatureStatus,
    rules: { minimalBackoffMs, maximalBackoffMs, lifetimeMs, bounceLifetimeMs },
    ambiguous,
    async history(concluded) {
      const made = await receipts.of(concluded);
      const told = historyOf(concluded, history);
      if (made === undefined) return told;
      return { limits: history.limits, ...told, receipts: made };
    },
    log,
    now: Date.now,
    dice: Math.random,
  };
}
