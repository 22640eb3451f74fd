import type { Config } from '../config/config.ts';
import { isInNetwork } from '../core/dns/address-network.ts';
import { isInternetAddress } from '../core/dns/internet-address.ts';
import type { Log } from '../core/log/log-event.ts';
import type { StoredPolicy } from '../core/sts/known-policy.ts';
import type { FairLookups } from '../resolver/fair-lookups.ts';
import { webTls } from '../session/web-tls.ts';
import type { Meters } from '../status/meters.ts';
import { fetchPolicy } from '../sts/fetch-policy.ts';
import { createStsFinder, type FinderPorts, type StsFinder, type StsStore } from '../sts/sts-finder.ts';
import { familiesOf } from './families.ts';
import type { TlsPolicies } from './tls-policies.ts';

export interface StsParts {
  readonly config: Pick<Config, 'tls' | 'delivery'>;
  readonly tls: Pick<TlsPolicies, 'settings'>;
  readonly lookups: FairLookups;
  readonly store: StsStore;
  readonly log: Log;
  /** As for the finder. */
  readonly trouble: (error: unknown) => void;
  readonly meters?: Pick<Meters, 'policyFetched'>;
}

/** RFC 8461 §3.3 has a minute for it; nobody waits for these. */
const refreshTimeoutMs = 30_000;
/** Each is a connection and some memory. A policy host that says nothing keeps its place until the time is up. */
const fetchesAtOnce = 512;

/** How this relay finds the MTA-STS policies of destinations. */
export function stsFinder({ config, tls, lookups, store, log, trouble, meters }: StsParts): StsFinder {
  const { mtaStsTimeoutMs, mtaStsPort, mtaStsNetworks } = config.tls;
  const fetchPorts = {
    mayConnect: (address: string) =>
      isInternetAddress(address) ||
      mtaStsNetworks.some(({ address: network, prefix }) => isInNetwork(address, network, prefix)),
    secure: webTls,
    authorities: () => tls.settings().stsAuthorities(),
    port: mtaStsPort,
    families: familiesOf(config.delivery.inetProtocols),
    now: Date.now,
  };
  const ports: FinderPorts = {
    store,
    fetch: (domain, signal) => fetchPolicy(domain, { ...fetchPorts, lookup: lookups.asker() }, signal),
    log,
    trouble,
    ...(meters !== undefined && {
      fetched: (outcome) => meters.policyFetched(outcome.kind === 'policy' ? 'policy' : outcome.trouble.type),
    }),
    now: Date.now,
    dice: Math.random,
    timeoutMs: mtaStsTimeoutMs,
    refreshTimeoutMs,
    atOnce: fetchesAtOnce,
  };
  return createStsFinder(ports);
}

/** For a process that has no queue: what it learns, it forgets. */
export function forgetfulStore(): StsStore {
  const known = new Map<string, StoredPolicy>();
  return {
    read: async (domain) => known.get(domain),
    write: async (policy) => void known.set(policy.domain, policy),
    used: async () => {},
    failed: async () => {},
    drop: async (domain) => known.delete(domain),
  };
}
