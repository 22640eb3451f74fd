import { setMaxListeners } from 'node:events';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { LookedUp } from '../core/dns/lookup-trail.ts';
import { recordLookups } from '../core/dns/lookup-trail.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { familyOf } from '../core/dns/ip-address.ts';
import { addressVerdict, exitCodeOf, worstVerdict } from '../core/check/verdict.ts';
import { diagnoseAddress } from '../core/check/diagnose-address.ts';
import type {
  CheckReport,
  ShownAddress,
  ShownDelivery,
  ShownHost,
  ShownResolver,
  Verdict,
} from '../core/check/report.ts';
import { shownLookups } from '../core/check/shown-lookup.ts';
import { summaryOf } from '../core/check/summary.ts';
import { shownTlsa } from '../core/check/tlsa-view.ts';
import type { Destination } from '../core/route/destination.ts';
import type { HostPolicy } from '../core/tls-policy/host-policy.ts';
import type { PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import { lookupTlsa, type TlsaFinding } from '../core/tls-policy/tlsa-lookup.ts';
import { referenceText } from '../core/dane/names.ts';
import type { Trouble } from '../core/mail/status.ts';
import { findRoute, type RoutePorts, type RouteRules } from '../delivery/find-route.ts';
import type { Candidate, Route } from '../delivery/route.ts';
import { readChain, whoseCertificate } from './check-chain.ts';
import type { CheckMeans } from './check-means.ts';
import { createProber, type Probed, type Prober } from './check-sessions.ts';
import { dryDelivery } from './dry-delivery.ts';

export interface CheckOptions {
  /** As it was asked for. */
  readonly text: string;
  readonly destination: Destination;
  /** Certificates are judged as of so many milliseconds from now. */
  readonly aheadMs: number;
  readonly families?: readonly (4 | 6)[];
  readonly timeoutMs: number;
}

/** Addresses that are asked at the same time. */
const SESSIONS_AT_ONCE = 8;
/** No step of a session takes longer, whatever the settings say: somebody waits for the answer. */
const LONGEST_STEP_MS = 30_000;
/** An RRset of 64 KB has fewer. */
const TRAIL = { lookups: 1_000, records: 2_000 };

/** What all steps of one check share. */
interface Check {
  readonly options: CheckOptions;
  readonly means: CheckMeans;
  readonly ports: RoutePorts;
  readonly trail: () => readonly LookedUp[];
  readonly probe: Prober;
  readonly signal: AbortSignal;
  readonly judgeAt: () => number;
}

/**
 * Finds out whether a destination is authenticated by DANE, and what would become of mail for it: with the rules, the
 * lookups, the policies and the sessions of a delivery, but for every address of every host, and without any mail.
 * Never rejects because of the destination.
 */
export async function checkDomain(options: CheckOptions, means: CheckMeans): Promise<CheckReport> {
  const startedAt = Date.now();
  const giveUp = AbortSignal.timeout(options.timeoutMs);
  // Every lookup and every session listens.
  setMaxListeners(0, giveUp);
  const recorded = recordLookups(means.lookups.asker(), Date.now, TRAIL);
  const judgeAt = (): number => Date.now() + options.aheadMs;
  const check: Check = {
    options,
    means,
    ports: {
      lookup: recorded.lookup,
      isValidating: () => means.resolving.isValidating(),
      log: () => {},
      now: Date.now,
      dice: () => 0.999,
    },
    trail: () => recorded.trail().lookups,
    probe: createProber({
      session: withShortSteps(means.session, options.timeoutMs),
      judgeAt,
      signal: giveUp,
      atOnce: SESSIONS_AT_ONCE,
    }),
    signal: giveUp,
    judgeAt,
  };
  const found = await unlessLate(examine(check), giveUp);
  const report = {
    schema: 1,
    destination: options.text,
    checkedAt: new Date(startedAt).toISOString(),
    ...(options.aheadMs !== 0 && { judgedAt: new Date(startedAt + options.aheadMs).toISOString() }),
    ...(found ?? late(means, options)),
    lookups: shownLookups(check.trail()),
    seconds: (Date.now() - startedAt) / 1000,
  } as const;
  return { ...report, exitCode: exitCodeOf(report.verdict), summary: summaryOf(report) };
}

type Examined = Pick<CheckReport, 'verdict' | 'resolver' | 'trouble' | 'hosts' | 'delivery' | 'notes'>;

async function examine(check: Check): Promise<Examined> {
  const { means, options } = check;
  const resolver = await shownResolver(means);
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
    const delivery = await deliveries(check, configured);
    return {
      ...nobody,
      verdict: 'unknown',
      trouble: { outcome, dsn, reason },
      delivery,
      notes: notes(check, []),
    };
  }
  const hosts = hostsOf(check, await Promise.all(route.candidates.map((one) => addressOf(one, check))));
  return {
    resolver,
    verdict: worstVerdict(hosts),
    hosts,
    delivery: await deliveries(check, configured),
    notes: notes(check, hosts),
  };
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

/** The policy of the destination at the level `dane`, whichever it has. */
function daneEntry(entry: PolicyEntry): PolicyEntry {
  if (entry.kind === 'invalid') return { kind: 'level', level: 'dane' };
  if (entry.level === 'dane') return entry;
  const { ciphers, versions, exclude } = entry;
  return {
    kind: 'level',
    level: 'dane',
    ...(ciphers !== undefined && { ciphers }),
    ...(versions !== undefined && { versions }),
    ...(exclude !== undefined && { exclude }),
  };
}

interface AddressOfHost {
  readonly host: string;
  readonly preference: number;
  readonly shown: ShownAddress;
}

async function addressOf(candidate: Candidate, check: Check): Promise<AddressOfHost> {
  const { host, address, port, preference } = candidate;
  const policy = await candidate.policy();
  const nextHop = check.options.destination.nextHop;
  const [probed, finding] = await Promise.all([
    policy.kind === 'use' ? check.probe(candidate, policy, nextHop) : undefined,
    tlsaOf(candidate, check),
  ]);
  const shown = await shownAddress({ address, port, host, policy, probed, finding }, check);
  return { host, preference, shown };
}

interface Facts {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly policy: HostPolicy;
  readonly probed: Probed | undefined;
  readonly finding: TlsaFinding | undefined;
}

async function shownAddress(facts: Facts, check: Check): Promise<ShownAddress> {
  const { host, address, port, policy, probed, finding } = facts;
  const trouble = troubleOf(policy, probed, host);
  const chain = probed?.chain ?? [];
  const certificates = await readChain(chain);
  const { tlsa, verdict, reason } = {
    tlsa: shownTlsa(finding, chain, check.means.tls.settings().daneDigests, whoseCertificate),
    ...addressVerdict({
      policy,
      ...(policy.kind === 'use' && trouble !== undefined && { trouble }),
      inClear: probed?.shown.tls === undefined,
    }),
  };
  const [leaf] = chain;
  const [certificate] = certificates;
  const diagnosis = diagnoseAddress({
    domain: check.options.destination.host,
    host,
    port,
    verdict,
    tlsa,
    ...(trouble !== undefined && { trouble }),
    ...(leaf !== undefined && { leaf }),
    ...(certificate !== undefined && { certificate }),
    signedMx: mxIsSigned(check),
    now: Date.now(),
  });
  return {
    address,
    port,
    verdict,
    reason,
    ...(policy.kind === 'use' && { level: policy.level }),
    tlsa,
    ...(policy.kind === 'use' && policy.serverName !== undefined && { serverName: policy.serverName }),
    referenceNames: policy.kind === 'use' ? policy.referenceNames.map(referenceText) : [],
    ...(probed !== undefined && { session: { ...probed.shown, chain: certificates } }),
    ...(trouble !== undefined && {
      trouble: { outcome: trouble.outcome, dsn: trouble.dsn, reason: trouble.reason },
    }),
    ...(diagnosis !== undefined && { diagnosis }),
  };
}

function troubleOf(policy: HostPolicy, probed: Probed | undefined, host: string): Trouble | undefined {
  if (policy.kind === 'skip') {
    const { dsn, reason, fault } = policy;
    return { outcome: 'deferred', scope: 'host', dsn, reason, tlsFault: { kind: fault, host } };
  }
  return probed?.connected.kind === 'trouble' ? probed.connected.status : undefined;
}

/** As the policy of the host finds them, from the answers that were given to it. */
async function tlsaOf({ host, family, port }: Candidate, check: Check): Promise<TlsaFinding | undefined> {
  if (familyOf(host) !== undefined || check.options.destination.kind === 'literal')
    return { kind: 'none', reason: 'numeric host' };
  const type = family === 4 ? 'A' : 'AAAA';
  const asked = check.trail().find((one) => one.name === host && one.type === type);
  if (asked?.answer.kind !== 'found') return undefined;
  return lookupTlsa({ host, port, address: asked.answer }, again(check), check.signal);
}

/** An answer that is in the trail is given again. */
function again({ trail, ports }: Check): Lookup {
  return async <T extends RecordType>(
    name: string,
    type: T,
    signal?: AbortSignal,
  ): Promise<Answer<RecordOf[T]>> => {
    const known = trail().find((one) => one.name === name && one.type === type);
    return known === undefined ? ports.lookup(name, type, signal) : (known.answer as Answer<RecordOf[T]>);
  };
}

function mxAnswer({ trail, options: { destination } }: Check): Answer<RecordOf['MX']> | undefined {
  if (destination.kind !== 'mx') return undefined;
  return trail().find((one) => one.name === destination.host && one.type === 'MX')?.answer as
    | Answer<RecordOf['MX']>
    | undefined;
}

function mxIsSigned(check: Check): boolean {
  const answer = mxAnswer(check);
  return answer?.kind !== 'found' || answer.secure;
}

/** The hosts that MX records name, with or without an address, and those of the route. */
function hostsOf(check: Check, addresses: readonly AddressOfHost[]): readonly ShownHost[] {
  const answer = mxAnswer(check);
  const named = answer?.kind === 'found' ? answer.records.filter(({ exchange }) => exchange !== '.') : [];
  const isImplicit = named.length === 0;
  const hosts = new Map<string, { preference: number; addresses: ShownAddress[] }>();
  for (const { exchange, preference } of named) {
    const known = hosts.get(exchange);
    hosts.set(exchange, { addresses: [], preference: Math.min(preference, known?.preference ?? Infinity) });
  }
  for (const { host, preference, shown } of addresses) {
    const known = hosts.get(host) ?? { preference, addresses: [] };
    known.addresses.push(shown);
    hosts.set(host, known);
  }
  return [...hosts]
    .map(([name, { preference, addresses: all }]) => {
      const problem = unaskedReason(name, check);
      return {
        name,
        ...(!isImplicit && { preference }),
        addresses: all.toSorted((a, b) => Number(a.address > b.address) - Number(a.address < b.address)),
        ...(problem !== undefined && { problem }),
      };
    })
    .toSorted(
      (a, b) =>
        (a.preference ?? 0) - (b.preference ?? 0) || Number(a.name > b.name) - Number(a.name < b.name),
    );
}

/** Which addresses of a host are not known; undefined where it is known for sure which there are. */
function unaskedReason(name: string, { trail }: Check): string | undefined {
  const failed = trail().flatMap((one) =>
    one.name === name && (one.type === 'A' || one.type === 'AAAA') && one.answer.kind === 'failed'
      ? [one.type]
      : [],
  );
  const types = [...new Set(failed)];
  return types.length === 0 ? undefined : `its ${types.join(' and ')} records cannot be looked up`;
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
    const { level, tls } = means.asked;
    views.push({
      entry: { kind: 'level', level },
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

/** The result where nothing came of it in time. */
function late({ config }: CheckMeans, { timeoutMs }: CheckOptions): Examined {
  const reason = `no answer within ${timeoutMs / 1000} s`;
  return {
    verdict: 'unknown' satisfies Verdict,
    resolver: { validates: true, name: resolverName(config), reason: '' },
    trouble: { outcome: 'deferred', dsn: '4.4.1', reason },
    hosts: [],
    delivery: [],
    notes: [],
  };
}

/** Undefined once `signal` is aborted, whatever `work` still waits for. */
async function unlessLate<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    // What was aborted ends at once, and is worth more than nothing.
    else
      signal.addEventListener('abort', () => setTimeout(() => resolve(undefined), 500).unref(), {
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

function withShortSteps(session: CheckMeans['session'], timeoutMs: number): CheckMeans['session'] {
  const most = Math.min(LONGEST_STEP_MS, timeoutMs);
  const timeouts = Object.fromEntries(
    Object.entries(session.timeouts).map(([step, ms]) => [step, Math.min(ms, most)]),
  ) as unknown as CheckMeans['session']['timeouts'];
  return { ...session, timeouts };
}
