import type { Lookup } from '../core/dns/answer.ts';
import { createLookupCache } from '../resolver/lookup-cache.ts';
import type { Probes } from '../resolver/probes.ts';
import { createChangeLog } from '../resolver/change-log.ts';
import { proveLookups } from '../resolver/proven-lookup.ts';
import type { Server } from '../resolver/server.ts';
import { serversToAsk } from '../resolver/stub-resolver.ts';
import { refuseContradictions } from '../resolver/tlsa-contradiction.ts';
import { startValidationWatch, type ValidationState } from '../resolver/validation-watch.ts';
import { startPrivateResolver, type PrivateResolver, type ResolverParts } from './private-resolver.ts';
import { probesOf, stubFor, trustsAd } from './resolver-settings.ts';
import { validationChange } from './log-lines.ts';
import { meteredLookup } from './metered.ts';

const CACHE_ENTRIES = 20_000;
/** A resolver whose state keeps changing gets this many lines in this time, and then a summary. */
const CHANGES_PER_WINDOW = 10;
const CHANGE_WINDOW_MS = 300_000;

export interface Resolving {
  /** Those that are asked: of dns.servers, otherwise the private Unbound. */
  readonly servers: readonly Server[];
  /** Cached. */
  readonly lookup: Lookup;
  /** Beside the cache, which learns the answer. */
  readonly fresh: Lookup;
  /** Whether the resolver validates now, by a new probe. */
  isValidating(): Promise<boolean>;
  state(): ValidationState;
}

/** The steps of every lookup, and the further ones of lookups for mail. */
type Guards = Pick<PrivateResolver, 'guard' | 'heed'>;

const unguarded: Guards = { guard: (lookup) => lookup, heed: (lookup) => lookup };

/** The resolver of the relay: the configured one, believed as configured, otherwise a private one. */
export async function startResolving(relay: ResolverParts): Promise<Resolving> {
  const { dns } = relay;
  if (dns.servers.length > 0) {
    const named = dns.servers.map(({ host, port }) => ({ address: host, port }));
    return resolvingAt(serversToAsk(named, trustsAd(dns)), unguarded, relay);
  }
  let isSound = (): boolean => false;
  const own = await startPrivateResolver(relay, () => isSound());
  const resolving = resolvingAt([own.server], own, relay);
  isSound = () => resolving.state().validating;
  return {
    ...resolving,
    state: () => {
      const [state, trouble] = [resolving.state(), own.trouble()];
      // Also while the probes are still answered from the cache of Unbound.
      return trouble === undefined
        ? state
        : { ...state, validating: false, answering: false, reason: trouble };
    },
  };
}

function resolvingAt(servers: readonly Server[], guards: Guards, relay: ResolverParts): Resolving {
  const probes = probesOf(relay.dns);
  return probes === undefined ? unwatched(servers, guards, relay) : watched(servers, guards, probes, relay);
}

/** Without a probe, if the settings want that: the AD bit is believed as it comes, from servers whose AD counts. */
function unwatched(
  servers: readonly Server[],
  { guard, heed }: Guards,
  { dns, parts, meters }: ResolverParts,
): Resolving {
  const stub = stubFor(servers, dns);
  parts.add('resolver', () => stub.close());
  const lookup = refuseContradictions(heed(guard(stub.lookup)));
  const cache = createLookupCache({
    lookup: timed(lookup, meters),
    maxEntries: CACHE_ENTRIES,
    now: Date.now,
  });
  // RFC 7672 §2.1.1: if no server's AD counted, every domain would look unsigned.
  const validating = servers.every(({ address }) => trustsAd(dns)(address));
  const state = {
    validating,
    answering: true,
    failedProbes: [],
    reason: validating
      ? 'not probed'
      : 'DNSSEC validation is unavailable: no resolver on this host, and dns.trust_ad = false',
    sinceMs: Date.now(),
  };
  const counts = counted(cache.lookup, meters);
  const fresh = counted(cache.fresh, meters);
  return { servers, lookup: counts, fresh, isValidating: async () => validating, state: () => state };
}

/** Lookups at those servers that validate. */
function watched(
  servers: readonly Server[],
  { guard, heed }: Guards,
  probes: Probes,
  { dns, log, parts, meters }: ResolverParts,
): Resolving {
  const changes = createChangeLog({
    write: (change) => log(validationChange(change)),
    maxLines: CHANGES_PER_WINDOW,
    windowMs: CHANGE_WINDOW_MS,
  });
  const alone = servers.map((server) => ({ server, stub: stubFor([server], dns) }));
  // All tries at all servers, and the same again for the proof. No lookup takes longer.
  const limitMs = 2 * dns.timeoutMs * (dns.attempts * servers.length + 2);
  const watch = startValidationWatch({
    servers: alone.map(({ server, stub }) => ({ server, lookup: guard(stub.lookup) })),
    probes,
    intervalMs: dns.probeIntervalMs,
    holdMs: 2 * limitMs,
    now: Date.now,
    onChange: (change) => {
      if (change.severity !== 'info') cache.clear();
      changes.tell(change);
    },
  });
  const stub = stubFor(servers, dns, () => watch.inUse());
  const proven = proveLookups({ lookup: heed(guard(stub.lookup)), watch, limitMs, now: Date.now });
  const cache = createLookupCache({
    lookup: timed(refuseContradictions(proven), meters),
    maxEntries: CACHE_ENTRIES,
    now: Date.now,
  });
  parts.add('resolver', () => {
    changes.stop();
    watch.stop();
    for (const one of [stub, ...alone.map((member) => member.stub)]) one.close();
  });
  return {
    servers,
    lookup: counted(cache.lookup, meters),
    fresh: counted(cache.fresh, meters),
    isValidating: async () => (await watch.check()).validating,
    state: () => watch.state(),
  };
}

/** The lookups that the cache has no answer for. */
function timed(lookup: Lookup, meters: ResolverParts['meters']): Lookup {
  return meters === undefined ? lookup : meteredLookup(lookup, (_, __, tookMs) => meters.resolved(tookMs));
}

/** All lookups. */
function counted(lookup: Lookup, meters: ResolverParts['meters']): Lookup {
  return meters === undefined ? lookup : meteredLookup(lookup, meters.lookedUp.bind(meters));
}
