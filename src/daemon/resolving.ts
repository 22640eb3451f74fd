import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startManagedUnbound } from '../children/managed-unbound.ts';
import type { Config } from '../config/config.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { createLookupCache } from '../resolver/lookup-cache.ts';
import { askOthers, askSigned, type Canaries } from '../resolver/canaries.ts';
import { createChangeLog } from '../resolver/change-log.ts';
import { proveLookups } from '../resolver/proven-lookup.ts';
import { loopbackNameservers } from '../resolver/resolv-conf.ts';
import { createStubResolver, serversToAsk, type StubResolver } from '../resolver/stub-resolver.ts';
import { refuseContradictions } from '../resolver/tlsa-contradiction.ts';
import { startValidationWatch, type ValidationState } from '../resolver/validation-watch.ts';
import type { Parts } from './parts.ts';

const CACHE_ENTRIES = 20_000;
const RESOLV_CONF = '/etc/resolv.conf';
/** A resolver that comes and goes gets this many lines in this time, and then a summary. */
const CHANGES_PER_WINDOW = 10;
const CHANGE_WINDOW_MS = 300_000;

export interface Resolving {
  /** Cached. */
  readonly lookup: Lookup;
  /** Whether the resolver validates at this moment, from a new probe. */
  isValidating(): Promise<boolean>;
  state(): ValidationState;
}

interface Address {
  readonly address: string;
  readonly port: number;
}

/**
 * The resolver that lookups go to: the configured one, else a validating one on the loopback interface that
 * resolv.conf names, else an Unbound of our own.
 */
export async function startResolving(
  dns: Config['dns'],
  dataDir: string,
  log: Log,
  parts: Parts,
): Promise<Resolving> {
  const servers = serversToAsk(await chooseServers(dns, dataDir, log, parts), trustsAd(dns));
  const canaries = canariesOf(dns);
  if (canaries === undefined) return unwatched(servers, dns, parts);
  return watched(servers, canaries, dns, log, parts);
}

/** Without a probe, by the operator's wish: the AD bit is believed as it comes, from where it can be believed. */
function unwatched(servers: readonly Address[], dns: Config['dns'], parts: Parts): Resolving {
  const stub = stubFor(servers, dns);
  parts.add('resolver', () => stub.close());
  const lookup = refuseContradictions(stub.lookup);
  const cache = createLookupCache({ lookup, maxEntries: CACHE_ENTRIES, now: Date.now });
  // RFC 7672 §2.1.1: if nobody's AD counts, every domain would look unsigned.
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
  return { lookup: cache.lookup, isValidating: async () => validating, state: () => state };
}

/** Lookups at those servers that validate. */
function watched(
  servers: readonly Address[],
  canaries: Canaries,
  dns: Config['dns'],
  log: Log,
  parts: Parts,
): Resolving {
  const changes = createChangeLog({
    write: ({ severity, text, ...fields }) =>
      log({ component: 'dns', severity, event: 'validation', text, fields }),
    maxLines: CHANGES_PER_WINDOW,
    windowMs: CHANGE_WINDOW_MS,
  });
  const alone = servers.map((server) => ({ server, stub: stubFor([server], dns) }));
  // All tries at all servers and as much again for the proof: no lookup takes longer.
  const limitMs = 2 * dns.timeoutMs * (dns.attempts * servers.length + 2);
  const watch = startValidationWatch({
    servers: alone.map(({ server, stub }) => ({ server, lookup: stub.lookup })),
    canaries,
    intervalMs: dns.probeIntervalMs,
    holdMs: 2 * limitMs,
    now: Date.now,
    onChange: (change) => {
      if (change.severity !== 'info') cache.clear();
      changes.tell(change);
    },
  });
  const stub = stubFor(servers, dns, () => watch.inUse());
  const proven = proveLookups({ lookup: stub.lookup, watch, limitMs, now: Date.now });
  const cache = createLookupCache({
    lookup: refuseContradictions(proven),
    maxEntries: CACHE_ENTRIES,
    now: Date.now,
  });
  parts.add('resolver', () => {
    changes.stop();
    watch.stop();
    for (const one of [stub, ...alone.map((member) => member.stub)]) one.close();
  });
  return {
    lookup: cache.lookup,
    isValidating: async () => (await watch.check()).validating,
    state: () => watch.state(),
  };
}

/** Undefined: nothing is to be asked. */
function canariesOf({ dnssecProbe, unsignedProbe, bogusProbe }: Config['dns']): Canaries | undefined {
  if (dnssecProbe === undefined) return undefined;
  return {
    signed: dnssecProbe,
    ...(unsignedProbe === undefined ? {} : { unsigned: unsignedProbe }),
    ...(bogusProbe === undefined ? {} : { bogus: bogusProbe }),
  };
}

function trustsAd(dns: Config['dns']): (address: string) => boolean {
  return (address) => dns.trustAd || isLoopbackAddress(address);
}

function stubFor(
  servers: readonly Address[],
  dns: Config['dns'],
  inUse?: () => readonly Address[],
): StubResolver {
  return createStubResolver({
    servers,
    ...(inUse === undefined ? {} : { inUse }),
    trustAd: trustsAd(dns),
    timeoutMs: dns.timeoutMs,
    attempts: dns.attempts,
    now: Date.now,
    random: randomInt,
  });
}

async function chooseServers(
  dns: Config['dns'],
  dataDir: string,
  log: Log,
  parts: Parts,
): Promise<readonly Address[]> {
  const say = (text: string): void => log({ component: 'dns', severity: 'info', event: 'resolver', text });
  if (dns.servers.length > 0) return dns.servers.map(({ host, port }) => ({ address: host, port }));
  // A trust anchor or forwarders of one's own only make sense with an Unbound of our own.
  if (dns.trustAnchor === '' && dns.forwarders.length === 0) {
    const local = loopbackNameservers(await readFile(RESOLV_CONF, 'utf8').catch(() => ''));
    if (local.length > 0 && (await validates(local, dns))) {
      say(
        `using the validating resolver of ${RESOLV_CONF}: ${local.map(({ address }) => address).join(', ')}`,
      );
      return local;
    }
  }
  const unbound = await startManagedUnbound({
    dataDir,
    forwarders: dns.forwarders.map(({ host, port }) => ({ address: host, port })),
    ...(dns.trustAnchor === '' ? {} : { trustAnchorFile: dns.trustAnchor }),
    log,
  });
  parts.add('unbound', () => unbound.stop());
  say(`using a private Unbound at ${unbound.address}:${unbound.port}`);
  return [{ address: unbound.address, port: unbound.port }];
}

/** Whether one of them does, with all that is known of it: the watch leaves out the others. */
async function validates(servers: readonly Address[], dns: Config['dns']): Promise<boolean> {
  const canaries = canariesOf(dns);
  if (canaries === undefined) return false;
  const findings = await Promise.all(
    servers.map(async (server) => {
      const stub = stubFor([server], dns);
      try {
        const signed = await askSigned(stub.lookup, canaries);
        return signed.kind === 'validates' ? await askOthers(stub.lookup, canaries) : signed;
      } finally {
        stub.close();
      }
    }),
  );
  return findings.some(({ kind }) => kind === 'validates');
}
