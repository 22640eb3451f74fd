import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allDone } from '../test/lab/all-done.ts';
import { makeChain, tlsaRecord, type Chain } from '../test/lab/certificates.ts';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { startMailHost, type LabMessage } from '../test/lab/mail-host.ts';
import type { LabDomain, WorldNames } from '../test/lab/world.ts';
import type { ClusterPlace } from '../test/scenario/cluster/cluster.ts';
import { hostileHosts } from './hostile-hosts.ts';

/** A destination that takes its mail, and shows a chain of three as mail hosts of the Internet do. */
interface Destination {
  readonly dnssec: LabDomain['dnssec'];
  readonly tlsa?: (chain: Chain) => string;
  readonly startTls?: false;
  /** What the policy map says of it. */
  readonly policy?: (root: string) => string;
}

const destinations: Readonly<Record<string, Destination>> = {
  'key.test': { dnssec: 'signed', tlsa: ({ leaf }) => tlsaRecord(leaf, '3 1 1') },
  'issuer.test': { dnssec: 'signed', tlsa: ({ intermediate }) => tlsaRecord(intermediate, '2 1 1') },
  'root.test': { dnssec: 'signed', tlsa: ({ root }) => tlsaRecord(root, '2 0 1') },
  'verified.test': { dnssec: 'unsigned', policy: (root) => `verify tafile=${root}` },
  'opportunistic.test': { dnssec: 'unsigned' },
  'clear.test': { dnssec: 'unsigned', startTls: false },
};

/** Replies take a while: there is always something under way to be cut off. */
const ROUND_TRIP_MS = 15;

/** Signed zones, hosts with real chains, and hosts that mean no good. */
export async function openSoakWorld(onMessage: (message: LabMessage) => void): Promise<ClusterPlace> {
  const chains = new Map<string, Chain>();
  for (const name of Object.keys(destinations)) chains.set(name, await makeChain([`mx.${name}`]));
  const lab = await startLab({
    domains: [
      ...Object.entries(destinations).map(([name, { dnssec, tlsa }]) => ({
        name,
        dnssec,
        records: (names: WorldNames) => [
          '@ MX 10 mx',
          `mx ${names.address(`mx.${name}`)}`,
          ...(tlsa ? [`${names.tlsaOwner('mx')} ${tlsa(chainOf(name))}`] : []),
        ],
      })),
      ...Object.keys(hostileHosts).map((name): LabDomain => ({
        name: `${name}.test`,
        dnssec: 'unsigned',
        records: (names) => ['@ MX 10 mx', `mx ${names.address(`mx.${name}.test`)}`],
      })),
    ],
    // The lab gives them their addresses; what listens there is started here.
    hosts: [...Object.keys(destinations), ...Object.keys(hostileHosts).map((name) => `${name}.test`)].map(
      (name) => ({ kind: 'absent', name: `mx.${name}` }),
    ),
  });
  function chainOf(name: string): Chain {
    const chain = chains.get(name);
    if (chain === undefined) throw new Error(`no chain for ${name}`);
    return chain;
  }
  const stops: (() => Promise<void>)[] = [lab.stop];
  const stop = async (): Promise<void> => void (await allDone(stops.splice(0).map((end) => end())));
  try {
    const place = (name: string) => ({
      name: `mx.${name}`,
      address: lab.host(`mx.${name}`).address,
      port: lab.port,
    });
    for (const [name, { startTls }] of Object.entries(destinations)) {
      const { leaf, intermediate, root } = chainOf(name);
      const manners = { delayMs: ROUND_TRIP_MS, startTls: startTls ?? true };
      const host = await startMailHost(
        { ...place(name), onMessage },
        { ...manners, certificates: [leaf, intermediate, root] },
      );
      stops.push(host.stop);
    }
    for (const [name, start] of Object.entries(hostileHosts)) {
      const host = await start(place(`${name}.test`));
      stops.push(() => host.stop());
    }
    return {
      set: settings(lab),
      policies: await policies(lab, chainOf),
      mailboxes: Object.keys(destinations).map((name) => `rcpt@${name}`),
      hostile: Object.keys(hostileHosts).map((name) => `rcpt@${name}.test`),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function settings(lab: Lab): Record<string, string> {
  return {
    'dns.servers': lab.dnsServer,
    'delivery.port': String(lab.port),
    // Each message has a connection of its own: what a connection costs and does not give back shows sooner.
    'delivery.connection_reuse': 'false',
    'delivery.connect_timeout': '5s',
    'delivery.helo_timeout': '10s',
    'delivery.data_xfer_timeout': '10s',
    'queue.maximal_backoff': '20s',
    // Hostile hosts are given up in the end, and make room for more of their mail.
    'queue.lifetime': '5m',
  };
}

async function policies(lab: Lab, chainOf: (name: string) => Chain): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [name, { policy }] of Object.entries(destinations)) {
    if (policy === undefined) continue;
    const file = join(lab.directory, `${name}.pem`);
    await writeFile(file, chainOf(name).root.pem);
    lines.push(`${name} ${policy(file)}`);
  }
  return lines;
}
