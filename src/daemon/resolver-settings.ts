import { randomInt } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import type { Probes } from '../resolver/probes.ts';
import type { Server } from '../resolver/server.ts';
import { createStubResolver, type StubResolver } from '../resolver/stub-resolver.ts';

/** Questions that show whether a resolver validates; undefined if the settings want none. */
export function probesOf({
  servers,
  dnssecProbe,
  unsignedProbe,
  bogusProbe,
}: Config['dns']): Probes | undefined {
  if (dnssecProbe === undefined) return undefined;
  const probes = { unsigned: unsignedProbe, bogus: bogusProbe };
  const kinds = ['unsigned', 'bogus'] as const;
  const named = kinds.flatMap((kind) => {
    const probe = probes[kind];
    return probe === undefined || probe === 'built-in' ? [] : [[kind, probe] as const];
  });
  // A private resolver is known to validate.
  const publicOnes = servers.length === 0 ? [] : kinds.filter((kind) => probes[kind] === 'built-in');
  return { signed: dnssecProbe, ...Object.fromEntries(named), publicOnes };
}

/** RFC 7672 §2.1.1: whether the AD bit of the server at this address counts. */
export function trustsAd(dns: Config['dns']): (address: string) => boolean {
  return (address) => dns.trustAd || isLoopbackAddress(address);
}

/** Asks these servers as the settings say. */
export function stubFor(
  servers: readonly Server[],
  dns: Config['dns'],
  inUse?: () => readonly Server[],
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
