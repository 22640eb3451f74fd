import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import path from 'node:path';
import { chooseAddresses, ipv6Loopback, type AddressSpace } from './address-space.ts';
import { allDone } from './all-done.ts';
import { tlsaRecord } from './certificates.ts';
import { startLabHost, type LabHostHandle } from './lab-host.ts';
import { startNameServer } from './name-server.ts';
import { startPostfixClient, type PostfixClient, type PostfixClientOptions } from './postfix-client.ts';
import { requireRoot } from './postfix-instance.ts';
import { startResolver, type LabResolver } from './resolver.ts';
import { makeScratch } from './scratch.ts';
import { signZones } from './signed-zones.ts';
import type { World, WorldNames } from './world.ts';
import { zonesOf } from './zones.ts';

/** A running world: signed zones, a validating resolver, mail hosts; all on loopback, all private. */
export interface Lab extends AsyncDisposable {
  /** Of every mail host. */
  readonly port: number;
  /** `127.80.1.3:21053`: the validating resolver, as `dns.servers` has it. */
  readonly dnsServer: string;
  readonly resolver: LabResolver;
  /** `127.80.1.2:21053`: the authoritative server of all zones. */
  readonly nameServer: string;
  /** File with the DNSKEY of the root zone. */
  readonly trustAnchor: string;
  readonly names: WorldNames;
  /** For files of the test; gone after `stop()`. */
  readonly directory: string;
  /**
   * Gives a domain other records than the world does, for as long as the lab runs. What the resolver has in its cache it
   * keeps for its TTL (60 s where a line says nothing of it).
   */
  setRecords(domain: string, records: (names: WorldNames) => readonly string[]): Promise<void>;
  /** Takes the DS records of a domain below `test.` away: it is no longer signed, for whoever has nothing in a cache. */
  dropDs(domain: string): Promise<void>;
  /** Throws for a host that is not in the world. */
  host(name: string): LabHostHandle;
  /** One more resolver, at an address of its own. It ends with the lab. */
  startResolver(options: { readonly validating: boolean; readonly port?: number }): Promise<LabResolver>;
  /** A Postfix that sends, with a resolver of its own. It ends with the lab. Needs root. */
  startPostfixClient(options: PostfixClientOptions): Promise<PostfixClient>;
  /** Ends all of it; nothing is left, neither process nor file. */
  stop(): Promise<void>;
}

const firstHost = 10;

/** Addresses that a lab serves its zones at, besides its own: they must be there, and be ours. */
export interface LabOptions {
  /** At port 53. The first is the one that the zones name, so that it can be found from the root. */
  readonly nameServers?: readonly string[];
}

/** Starts a world. Takes a second or less, two with a Postfix. When a part does not start, the others are stopped. */
export async function startLab(world: World, options: LabOptions = {}): Promise<Lab> {
  const scratch = await makeScratch('dane-lab');
  const stops: (() => Promise<void>)[] = [];
  async function stop() {
    try {
      await allDone(stops.splice(0).map((end) => end()));
    } finally {
      await scratch.remove();
    }
  }
  try {
    return await build(world, options, scratch.directory, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  world: World,
  { nameServers = [] }: LabOptions,
  directory: string,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Lab> {
  const space = await chooseAddresses();
  const addresses = addressesOf(world, space);
  const names = namesOf(world, space.port, addresses);
  const hosts = new Map<string, LabHostHandle>();
  let claimed = firstHost + world.hosts.length;
  const claim = () => space.address(claimed++);

  async function startHosts() {
    const starts = world.hosts.map(async (host) => {
      const address = addresses.get(host.name) ?? '';
      const handle = await startLabHost(host, { address, port: space.port, directory });
      stops.push(handle.stop);
      hosts.set(host.name, handle);
    });
    await allDone(starts);
  }

  async function startDns() {
    // Its queue fills and is never read.
    const deaf = createSocket('udp4').unref();
    stops.push(async () => void deaf.close());
    deaf.bind(space.dnsPort, space.address(1));
    await once(deaf, 'listening');
    const [named = space.address(2)] = nameServers;
    const zones = await signZones(zonesOf(world, names, named), path.join(directory, 'zones'));
    const others = nameServers.map((address) => `${address}@53`);
    const serve = () =>
      startNameServer(zones.files, path.join(directory, 'nsd'), space.address(2), space.dnsPort, others);
    let nameServer = await serve();
    stops.push(() => nameServer.stop());
    async function setRecords(domain: string, records: (names: WorldNames) => readonly string[]) {
      const domains = world.domains.map((one) => (one.name === domain ? { ...one, records } : one));
      const zone = zonesOf({ ...world, domains }, names, named).find(({ apex }) => apex === `${domain}.`);
      if (zone === undefined) throw new Error(`No domain ${domain} in this lab`);
      await rewrite(zone);
    }
    async function rewrite(zone: Parameters<typeof zones.rewrite>[0]) {
      await zones.rewrite(zone);
      await nameServer.stop();
      nameServer = await serve();
    }
    async function dropDs(domain: string) {
      const parent = zonesOf(world, names, named).find(({ apex }) => apex === 'test.');
      if (parent === undefined) throw new Error('No zone above the domains');
      zones.dropDs(`${domain}.`);
      await rewrite(parent);
    }
    const at = (host: number) => `${space.address(host)}@${space.dnsPort}`;
    const dead = world.domains.filter(({ dnssec }) => dnssec === 'dead');
    const stubs = [
      ...zones.files.map(({ apex }) => [apex, at(2)] as const),
      ...dead.map(({ name }) => [`${name}.`, at(1)] as const),
    ];
    const { trustAnchor } = zones;
    const open = async (address: string, port: number, validating: boolean) => {
      const own = path.join(directory, `unbound-${address}`);
      const resolver = await startResolver({ directory: own, address, port, validating, trustAnchor, stubs });
      stops.push(resolver.stop);
      return resolver;
    };
    return {
      trustAnchor,
      setRecords,
      dropDs,
      open,
      resolver: await open(space.address(3), space.dnsPort, true),
    };
  }

  const dns = startDns();
  await allDone<unknown>([dns, startHosts()]);
  const { trustAnchor, setRecords, dropDs, open, resolver } = await dns;

  return {
    port: space.port,
    dnsServer: resolver.server,
    resolver,
    nameServer: `${space.address(2)}:${space.dnsPort}`,
    trustAnchor,
    names,
    directory,
    setRecords,
    dropDs,
    host(name) {
      const handle = hosts.get(name);
      if (handle === undefined) throw new Error(`No host ${name} in this lab`);
      return handle;
    },
    startResolver: ({ validating, port = space.dnsPort }) => open(claim(), port, validating),
    async startPostfixClient(options) {
      requireRoot();
      const [resolver, address] = [await open(claim(), 53, true), claim()];
      const place = { directory: path.join(directory, `client-${address}`), address, port: space.port };
      const client = await startPostfixClient({ ...place, resolver: resolver.address }, options);
      stops.push(client.stop);
      return client;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function addressesOf(world: World, space: AddressSpace): Map<string, string> {
  if (world.hosts.filter(({ family }) => family === 6).length > 1) {
    throw new Error('A lab has one IPv6 address, ::1, and so one host there');
  }
  return new Map(
    world.hosts.map(({ name, family }, index) => [
      name,
      family === 6 ? ipv6Loopback : space.address(firstHost + index),
    ]),
  );
}

function namesOf(world: World, port: number, addresses: ReadonlyMap<string, string>): WorldNames {
  return {
    port,
    address(name) {
      const address = addresses.get(name);
      if (address === undefined) throw new Error(`No host ${name} in this world`);
      return `${address.includes(':') ? 'AAAA' : 'A'} ${address}`;
    },
    tlsa(name, parameters) {
      const host = world.hosts.find((host) => host.name === name);
      const certificates = host?.kind === 'absent' ? [] : (host?.certificates ?? []);
      const certificate = certificates[/^[02]/.test(parameters) ? 1 : 0];
      if (certificate === undefined) throw new Error(`${name} sends no certificate for TLSA ${parameters}`);
      return tlsaRecord(certificate, parameters);
    },
    tlsaOwner: (name) => `_${port}._tcp.${name}`,
  };
}
