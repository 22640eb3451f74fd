import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import {
  showListenerAddress,
  showSocketAddress,
  type Network,
  type SocketAddress,
} from '../config/addresses.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { listenerProblems } from '../config/cross-checks.ts';
import type { ListenerSettings } from '../config/listener-tables.ts';
import { isIpv6Only } from '../config/listeners.ts';
import type { Log } from '../core/log/log-event.ts';
import { parseIpAddress } from '../core/dns/ip-address.ts';
import type { ListenerRules } from '../core/intake/listener.ts';
import type { IntakeListener } from '../intake/intake-options.ts';
import type { ActivatedSocket } from '../systemd/activated-sockets.ts';
import { openListenerCertificates, type ListenerCertificates } from './listener-certificates.ts';
import { parseNetworks } from '../intake/networks.ts';

/** An IP address to listen on; without `ipv6Only`, `::` is every IPv4 address too. */
export interface Listener extends SocketAddress {
  readonly ipv6Only: boolean;
}

export interface Listeners {
  /** Where clients come in. */
  readonly listeners: readonly IntakeListener[];
  /** Those of them on TCP, with their names in the settings. */
  readonly listen: readonly (Listener & { readonly key: string })[];
  readonly statusListen: readonly Listener[];
  /** Name -> its certificates; listeners without TLS have none. */
  readonly certificates: ReadonlyMap<string, ListenerCertificates>;
}

/** Throws an error with `code`, `ENOTFOUND` if there is no such host. */
export type LookupHost = (host: string) => Promise<{ readonly address: string }>;

export interface ListenerSources {
  readonly lookupHost?: LookupHost;
  /** The sockets of systemd; undefined if they are not known, as for `check-config`. */
  readonly activated?: readonly ActivatedSocket[] | undefined;
}

/** Finds the listeners of the settings on this machine. Throws ConfigError. */
export async function openListeners(
  config: Config,
  log: Log,
  { lookupHost = lookup, activated }: ListenerSources = {},
): Promise<Listeners> {
  const named = await Promise.all(config.listeners.map((one) => withAddress(one, lookupHost)));
  const statusListen = await Promise.all(
    config.status.listen.map((one) => resolve(one, 'status.listen', lookupHost)),
  );
  // Several names may stand for one address.
  const where = 'settings';
  const problems = listenerProblems(
    { listeners: named.map((one) => ({ ...one, where })), status: { listen: statusListen } },
    () => ({ where }),
  );
  if (problems.length > 0) throw new ConfigError(problems);

  const onTcp = named.flatMap(({ path, address }) =>
    address.kind === 'tcp' ? [{ host: address.host, port: address.port, key: path }] : [],
  );
  const all = [...onTcp, ...statusListen];
  if (activated !== undefined) refuseUnused(activated, named);
  const listener = <T extends SocketAddress>(one: T): T & Listener => ({
    ...one,
    ipv6Only: isIpv6Only(one, all),
  });
  const certificates = new Map(
    named.flatMap((one) =>
      one.tls === 'none' ? [] : [[one.name, openListenerCertificates(one, log)] as const],
    ),
  );
  return {
    certificates,
    listeners: named.flatMap((settings) => {
      const identity = certificates.get(settings.name)?.identity;
      const rules = rulesOf(settings);
      const where = showListenerAddress(settings.address);
      return placesOf(settings, all, activated).map((at) => ({
        at,
        where,
        rules,
        ...(identity && { identity }),
      }));
    }),
    listen: onTcp.map(listener),
    statusListen: statusListen.map(listener),
  };
}

function placesOf(
  { address, mode, path, where }: ListenerSettings,
  all: readonly SocketAddress[],
  activated: readonly ActivatedSocket[] | undefined,
): readonly IntakeListener['at'][] {
  if (address.kind === 'unix') return [{ ...address, mode }];
  const opened = (activated ?? []).filter((socket) => isFor(socket, address));
  if (address.kind === 'tcp' && opened.length === 0)
    return [{ ...address, ipv6Only: isIpv6Only(address, all) }];
  if (address.kind === 'systemd' && activated !== undefined && opened.length === 0) {
    const wanted = `a socket of systemd with ${showSystemdName(address.name)}`;
    const found = `those with ${[...new Set(activated.map(({ name }) => name))].join(', ') || 'no name at all'}`;
    throw new ConfigError([{ where, key: `${path}.address`, wanted, found }]);
  }
  return opened.map(({ descriptor }) => ({ kind: 'descriptor', descriptor }));
}

/** A listener takes the sockets that have its name, or, if it has an address, those that systemd has opened there. */
function isFor({ name, place }: ActivatedSocket, address: ListenerSettings['address']): boolean {
  if (address.kind === 'systemd') return name === address.name;
  return (
    address.kind === 'tcp' && place?.port === address.port && place.host === parseIpAddress(address.host)
  );
}

/** Clients would wait in it for ever. */
function refuseUnused(activated: readonly ActivatedSocket[], listeners: readonly ListenerSettings[]): void {
  const unused = activated.filter((socket) => !listeners.some(({ address }) => isFor(socket, address)));
  const problems = unused.map(({ name, place }) => ({
    where: 'settings',
    key: 'listen',
    wanted: `a listener for each socket of systemd: its address, or a [[listener]] with address = "systemd:${name}"`,
    found: `none for the one with ${showSystemdName(name)}${place === undefined ? '' : ` at ${showSocketAddress(place)}`}`,
  }));
  if (problems.length > 0) throw new ConfigError(problems);
}

function showSystemdName(name: string): string {
  return `FileDescriptorName=${name}`;
}

function rulesOf(settings: ListenerSettings): ListenerRules {
  const { name, tls, tlsRequired, auth, tlsAuthOnly, relayClientcerts, proxyPeers, xclientPeers } = settings;
  return {
    name,
    tls,
    tlsRequired,
    auth,
    tlsAuthOnly,
    relayClientcerts: new Set(relayClientcerts),
    ...(proxyPeers.length > 0 && { proxyPeers: peers(proxyPeers) }),
    ...(xclientPeers.length > 0 && { xclientPeers: peers(xclientPeers) }),
  };
}

function peers(networks: readonly Network[]): (address: string) => boolean {
  return parseNetworks(networks.map(({ address, prefix }) => `${address}/${prefix}`));
}

async function withAddress(listener: ListenerSettings, lookupHost: LookupHost): Promise<ListenerSettings> {
  const { address, path } = listener;
  if (address.kind !== 'tcp') return listener;
  return { ...listener, address: { kind: 'tcp', ...(await resolve(address, path, lookupHost)) } };
}

async function resolve(
  { host, port }: SocketAddress,
  key: string,
  lookupHost: LookupHost,
): Promise<SocketAddress> {
  if (isIP(host) !== 0) return { host, port };
  try {
    return { host: (await lookupHost(host)).address, port };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTFOUND')) throw error;
    const found = `${host}, which nobody knows`;
    throw new ConfigError([{ where: 'settings', key, wanted: 'an address of this machine', found }]);
  }
}
