import { setMaxListeners } from 'node:events';
import type { CheckReport, ShownDelivery, ShownHost, ShownResolver } from '../core/check/report.ts';
import type { CheckedNow } from '../core/check/known-health.ts';
import { diagnoseDestination } from '../core/check/diagnose-address.ts';
import { shownSts } from '../core/check/sts-view.ts';
import { shownLookups } from '../core/check/shown-lookup.ts';
import { summaryOf } from '../core/check/summary.ts';
import { exitCodeOf, worstVerdict } from '../core/check/verdict.ts';
import { abortWith } from '../core/when-aborted.ts';
import { recordLookups } from '../core/dns/lookup-trail.ts';
import type { PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import { findRoute, type RouteRules } from '../delivery/find-route.ts';
import type { Candidate, Route } from '../delivery/route.ts';
import { addressOf, hostsOf, type AddressOfHost, type Check, type CheckOptions } from './check-address.ts';
import type { CheckMeans } from './check-means.ts';
import { whoseCertificate } from './check-chain.ts';
import { checkMemory } from './check-memory.ts';
import { createProber } from './check-sessions.ts';
import { stsOf, unprovedBy } from './check-sts.ts';
import { withShortSteps } from './short-steps.ts';
import { dryDelivery } from './dry-delivery.ts';

/** Addresses that are asked at the same time. */
const SESSIONS_AT_ONCE = 8;
/** An RRset of 64 KB has fewer. */
const TRAIL = { lookups: 1_000, records: 2_000 };

/**
 * Finds out whether a destination is authenticated by DANE, and what would become of mail for it: with the rules, the
 * lookups, the policies and the sessions of a delivery, but for every address of every host, and without any mail.
 * Never rejects because of the destination.
 */
export async function checkDomain(options: CheckOptions, means: CheckMeans): Promise<CheckReport> {
  return (await checked(options, means, { isWholeStory: true, atOnce: SESSIONS_AT_ONCE })).report;
}

/**
 * The same for a relay that is at work: one connection at a time, and nobody is asked what would become of mail.
 *
 * @param stop ends it at once
 */
export async function checkBeside(
  options: CheckOptions,
  means: CheckMeans,
  stop: AbortSignal,
): Promise<CheckedNow> {
  const { report, isWhole } = await checked(options, means, { isWholeStory: false, atOnce: 1, stop });
  return { report, ...(!isWhole && { givenUp: lateReason(options) }) };
}

interface Wishes {
  /** Whether everything is wanted, for people: also what would become of mail, which may take further sessions. */
  readonly isWholeStory: boolean;
  /** Sessions at the same time. */
  readonly atOnce: number;
  readonly stop?: AbortSignal;
}

async function checked(
  options: CheckOptions,
  means: CheckMeans,
  { isWholeStory, atOnce, stop }: Wishes,
): Promise<{ readonly report: CheckReport; readonly isWhole: boolean }> {
  const startedAt = Date.now();
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), options.timeoutMs);
  const release = stop && abortWith(stop, ending);
  const giveUp = ending.signal;
  // Every lookup and every session listens.
  setMaxListeners(0, giveUp);
  const recorded = recordLookups(means.lookups.asker(), Date.now, TRAIL);
  const judgeAt = (): number => Date.now() + options.aheadMs;
  const memory = options.remembered && checkMemory(options.remembered, Date.now);
  const check: Check = {
    options,
    means,
    ports: {
      lookup: recorded.lookup,
      isValidating: () => means.resolving.isValidating(),
      log: () => {},
      now: Date.now,
      dice: () => 0.999,
      // What is asked for a policy is not among the answers that are shown: the policy is.
      findSts: (domain, _, signal) => means.sts.find(domain, means.lookups.asker(), signal),
      ...(memory !== undefined && { sticky: memory.keeper }),
    },
    trail: () => recorded.trail().lookups,
    probe: createProber({
      session: withShortSteps(means.session, options.timeoutMs),
      judgeAt,
      signal: giveUp,
      atOnce,
    }),
    // Some hundred certificates at a time would hold up a relay that is at work.
    ...(isWholeStory && { says: whoseCertificate }),
    signal: giveUp,
    judgeAt,
  };
  const progress: Progress = { addresses: [] };
  const work = examine(check, progress, isWholeStory);
  const found = await unlessLate(work, giveUp, () => (stop?.aborted ? 0 : GRACE_MS)).finally(() => {
    clearTimeout(timer);
    release?.();
  });
  const examined = found ?? late(check, progress);
  const lost = memory?.lost() ?? [];
  const report = {
    schema: 1,
    destination: options.text,
    checkedAt: new Date(startedAt).toISOString(),
    ...(options.aheadMs !== 0 && { judgedAt: new Date(startedAt + options.aheadMs).toISOString() }),
    ...examined,
    ...(lost.length > 0 && { lost, notes: [...examined.notes, ...lost.map(({ text }) => text)] }),
    lookups: shownLookups(check.trail()),
    seconds: (Date.now() - startedAt) / 1000,
  } as const;
  const whole = { ...report, exitCode: exitCodeOf(report.verdict), summary: summaryOf(report) };
  // What has come to its end at the last moment may have heard of it on the way.
  return { report: whole, isWhole: found !== undefined && !giveUp.aborted };
}

type Examined = Pick<
  CheckReport,
  'verdict' | 'resolver' | 'trouble' | 'diagnosis' | 'hosts' | 'sts' | 'delivery' | 'notes'
>;

/** What is known at any moment, for when the time is up. */
interface Progress {
  resolver?: ShownResolver;
  readonly addresses: AddressOfHost[];
}

async function examine(check: Check, progress: Progress, isWholeStory: boolean): Promise<Examined> {
  const { means, options } = check;
  const resolver = await shownResolver(means);
  progress.resolver = resolver;
  const nobody = { resolver, hosts: [], delivery: [], notes: [] } as const;
  if (!resolver.validates && options.destination.kind !== 'literal') {
    // What such a resolver says is shown, and nothing is concluded from it.
    if (options.destination.kind === 'mx')
      await check.ports.lookup(options.destination.host, 'MX', check.signal);
    return { ...nobody, verdict: 'unknown' };
  }
  const configured = means.tls.ruleOf(options.destination.nextHop);
  // Every address counts, also those that a delivery would not come to.
  const whole: Partial<RouteRules> = { order: { ...means.rules.order, limit: 0 }, fallbackRelay: '' };
  const route = await routeAt(daneEntry(configured.entry), check, whole);
  if (route.kind === 'wait') return { ...nobody, verdict: 'unknown', trouble: waiting(route.reason) };
  if (route.kind === 'trouble') {
    const { outcome, dsn, reason } = route.status;
    return {
      ...nobody,
      verdict: 'unknown',
      trouble: { outcome, dsn, reason },
      diagnosis: diagnoseDestination(route.status, options.destination.host),
      delivery: isWholeStory ? await deliveries(check, configured) : [],
      notes: notes(check, []),
    };
  }
  const policy = stsOf(check);
  policy.catch(() => {});
  const ask = async (candidate: Candidate): Promise<void> => {
    progress.addresses.push(await addressOf(candidate, check));
  };
  await Promise.all(route.candidates.map(ask));
  check.signal.throwIfAborted();
  const hosts = hostsOf(check, progress.addresses);
  const found = await policy;
  const sts = shownSts(found, hosts, await unprovedBy(found, progress.addresses, check));
  return {
    resolver,
    verdict: worstVerdict(hosts),
    hosts,
    ...(sts !== undefined && { sts }),
    delivery: isWholeStory ? await deliveries(check, configured) : [],
    notes: notes(check, hosts),
  };
}

/** The result where the time was up first: what was known by then, and that it is not all. */
function late(check: Check, { resolver, addresses }: Progress): Examined {
  const { means, options } = check;
  const reason = lateReason(options);
  const known = resolver ?? { validates: true, name: resolverName(means.config), reason: '' };
  const hosts = hostsOf(check, addresses);
  const verdict = addresses.some(({ shown }) => shown.verdict === 'fails') ? 'fails' : 'unknown';
  const nothing =
    addresses.length === 0 ? { trouble: { outcome: 'deferred', dsn: '4.4.1', reason } as const } : {};
  return {
    verdict,
    resolver: known,
    ...nothing,
    hosts: addresses.length === 0 ? [] : hosts,
    delivery: [],
    notes: [reason],
  };
}

function lateReason({ timeoutMs }: CheckOptions): string {
  return `no answer within ${timeoutMs / 1000} s`;
}

function routeAt(entry: PolicyEntry, check: Check, changes: Partial<RouteRules> = {}): Promise<Route> {
  const { means, ports, options, signal } = check;
  const rules = {
    ...means.rules,
    ...(options.families !== undefined && { families: options.families }),
    policy: () => entry,
    ...changes,
  };
  return findRoute(options.destination.nextHop, rules, ports, signal);
}

/** The policy of the destination at the level `dane`, whichever it has: the verdict is about DANE alone, as it is now. */
function daneEntry(entry: PolicyEntry): PolicyEntry {
  const dane = { kind: 'level', level: 'dane', mtaSts: 'off', sticky: 'warn' } as const;
  if (entry.kind === 'invalid') return dane;
  if (entry.level === 'dane') return { ...entry, ...dane };
  const { ciphers, versions, exclude } = entry;
  return {
    ...dane,
    ...(ciphers !== undefined && { ciphers }),
    ...(versions !== undefined && { versions }),
    ...(exclude !== undefined && { exclude }),
  };
}

async function deliveries(
  check: Check,
  { entry, origin }: { readonly entry: PolicyEntry; readonly origin: string },
): Promise<readonly ShownDelivery[]> {
  const { means } = check;
  const views: {
    readonly entry: PolicyEntry;
    readonly origin: string;
    readonly changes: Partial<RouteRules>;
  }[] = [{ entry, origin, changes: {} }];
  if (means.asked !== undefined) {
    const { tls } = means.asked;
    views.push({
      // As if it were tls.level.
      entry: tls.policy(check.options.destination.nextHop),
      origin: '--level',
      changes: { tls: () => tls.settings() },
    });
  }
  const shown: ShownDelivery[] = [];
  // One after the other: the second finds the sessions of the first.
  for (const { entry: asked, origin: from, changes } of views) {
    const route = await routeAt(asked, check, changes);
    const { outcome, dsn, reason, relay, word, inClearAfterMs } = await dryDelivery(route, {
      probe: check.probe,
      limits: {
        recipients: means.config.delivery.destinationRecipientLimit,
        sessions: means.config.delivery.mxSessionLimit || Infinity,
        clearAfterMs: means.config.queue.minimalBackoffMs,
      },
      now: Date.now,
      signal: check.signal,
    });
    shown.push({
      level: asked.kind === 'level' ? asked.level : 'invalid',
      origin: from,
      outcome: outcome === 'sent' ? 'delivered' : outcome,
      dsn,
      reason,
      ...(relay !== undefined && { relay }),
      ...(word !== undefined && { word }),
      ...(inClearAfterMs !== undefined && { inClearAfter: Math.round(inClearAfterMs / 1000) }),
    });
  }
  return shown;
}

function notes(check: Check, hosts: readonly ShownHost[]): readonly string[] {
  const { means, options } = check;
  const { destination } = options;
  const all: string[] = [...means.notes];
  const via =
    destination.kind === 'mx' ? means.transports.nextHopOf(`postmaster@${destination.host}`) : undefined;
  if (via !== undefined && via !== destination.host && via !== destination.nextHop) {
    all.push(`mail of this relay for ${destination.host} goes to ${via}: dane-relay check '${via}'`);
  }
  for (const { name, addresses, problem } of hosts) {
    if (addresses.length === 0 && problem === undefined)
      all.push(`${name} has no address that this relay would send to`);
    for (const { tlsa, verdict } of addresses.slice(0, 1)) {
      if (verdict === 'protected' && tlsa.kind === 'records' && tlsa.records.length === 1)
        all.push(
          `${name} has only one record; publish the next key's record before you change it (dane-relay tlsa --rollover)`,
        );
    }
  }
  if (means.rules.login(hosts[0]?.name ?? '', destination.nextHop) !== undefined)
    all.push('the settings have a login for this destination; it was not tried');
  if (options.aheadMs !== 0) all.push('signatures in the DNS are judged as of now, certificates as of then');
  return all;
}

function waiting(reason: string): NonNullable<CheckReport['trouble']> {
  return { outcome: 'deferred', dsn: '4.7.5', reason };
}

async function shownResolver({ resolving, config }: CheckMeans): Promise<ShownResolver> {
  const validates = await resolving.isValidating();
  const { dnssecProbe: probe } = config.dns;
  return {
    validates,
    name: resolverName(config),
    ...(probe !== undefined && { probe: `${probe.name === '.' ? '.' : `${probe.name}.`} ${probe.type}` }),
    reason: validates ? '' : resolving.state().reason,
  };
}

function resolverName({ dns }: CheckMeans['config']): string {
  if (dns.servers.length === 0) return 'a private Unbound';
  return dns.servers
    .map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
    .join(', ');
}

/** What was aborted ends at once, and is worth more than nothing. */
const GRACE_MS = 500;

/** Undefined once `signal` is aborted, whatever `work` still waits for. */
async function unlessLate<T>(
  work: Promise<T>,
  signal: AbortSignal,
  graceMs: () => number,
): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else
      signal.addEventListener('abort', () => setTimeout(() => resolve(undefined), graceMs()).unref(), {
        once: true,
      });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
