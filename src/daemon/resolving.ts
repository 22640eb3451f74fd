import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startManagedUnbound } from '../children/managed-unbound.ts';
import type { Config } from '../config/config.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { isLoopbackAddress } from '../core/dns/loopback.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { createLookupCache } from '../resolver/lookup-cache.ts';
import { loopbackNameservers } from '../resolver/resolv-conf.ts';
import { createStubResolver, type StubResolver } from '../resolver/stub-resolver.ts';
import { startValidationWatch, type ValidationState } from '../resolver/validation-watch.ts';
import type { Parts } from './parts.ts';

const CACHE_ENTRIES = 20_000;
const RESOLV_CONF = '/etc/resolv.conf';

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
  const servers = await chooseServers(dns, dataDir, log, parts);
  const stub = stubFor(servers, dns);
  parts.add('resolver', () => stub.close());
  const lookup = createLookupCache({ lookup: stub.lookup, maxEntries: CACHE_ENTRIES, now: Date.now });
  const { dnssecProbe: probe } = dns;
  if (probe === undefined) {
    // Empty by the operator's wish: the AD bit is believed as it comes.
    const state = { validating: true, answering: true, reason: 'not probed', sinceMs: Date.now() };
    return { lookup, isValidating: async () => true, state: () => state };
  }
  const watch = startValidationWatch({
    lookup: stub.lookup,
    probe,
    intervalMs: dns.probeIntervalMs,
    now: Date.now,
    onChange: ({ validating, reason }) =>
      log({
        component: 'dns',
        severity: validating ? 'info' : 'error',
        text: reason,
        fields: { event: 'validation', validating },
      }),
  });
  parts.add('validation watch', () => watch.stop());
  return {
    lookup,
    isValidating: async () => (await watch.check(0)).validating,
    state: () => watch.state(),
  };
}

function stubFor(servers: readonly Address[], dns: Config['dns']): StubResolver {
  return createStubResolver({
    servers,
    trustAd: (address) => dns.trustAd || isLoopbackAddress(address),
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
  const say = (text: string): void => log({ component: 'dns', severity: 'info', text });
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

async function validates(servers: readonly Address[], dns: Config['dns']): Promise<boolean> {
  const { dnssecProbe: probe } = dns;
  if (probe === undefined) return false;
  const stub = stubFor(servers, dns);
  try {
    const answer = await stub.lookup(probe.name, probe.type);
    return answer.kind !== 'failed' && answer.secure;
  } finally {
    stub.close();
  }
}
