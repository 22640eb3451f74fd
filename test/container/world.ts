import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isIsolated, openNetwork, type Network } from '../isolated/network.ts';
import { makeCertificate, tlsaRecord, wrongDigit } from '../lab/certificates.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import type { LabDomain } from '../lab/world.ts';
import {
  forgeTlsa,
  setAd,
  startCorruptingProxy,
  type CorruptingProxy,
} from '../scenario/resolver/corrupting-proxy.ts';
import { readCompose, type ComposeService } from '../tools/containers/compose.ts';

/** Signed zones and mail hosts in the network of the test, which the containers share. */
export interface ContainerWorld {
  readonly lab: Lab;
  readonly net: Network;
  /** Stands where Docker has its resolver, hands on what another one says, and calls all of it validated. */
  readonly docker: CorruptingProxy;
  /** Closes the way to the root servers and to the name server of the zones, or opens it again. */
  closePort53(): void;
  openPort53(): void;
  stop(): Promise<void>;
}

const nameServer = '192.0.2.53';

/** The hosts, one for each domain; `slow` takes a second and more for each reply. */
const hosts = ['good', 'forged', 'slow'] as const;

export async function startWorld(): Promise<ContainerWorld> {
  if (!isIsolated) throw new Error('npm run fresh -- --command container');
  const net = openNetwork();
  const world = [...net.roots, nameServer];
  net.add(world);
  const certificate = await makeCertificate({ commonName: 'lab mail host' });
  const lab = await startLab(
    {
      domains: hosts.map((name) => domain(name, name === 'forged' ? wrongDigit : (right) => right)),
      hosts: hosts.map((name) => ({
        kind: 'scripted',
        name: `mx.${name}.example`,
        certificates: [certificate],
        ...(name === 'slow' && { delayMs: 1_200 }),
      })),
    },
    { nameServers: [nameServer, ...net.roots] },
  );
  const docker = await startCorruptingProxy(lab.resolver, { address: '127.0.0.11', port: 53 });
  const digest = Buffer.from(tlsaRecord(certificate, '3 1 1').split(' ').at(-1) ?? '', 'hex');
  docker.rule = ({ name, type }) =>
    type === 'TLSA' && name.endsWith('forged.example') ? forgeTlsa(digest) : setAd;
  net.setResolvConf('nameserver 127.0.0.11\noptions ndots:0\n');
  let isOpen = true;
  const turn = (open: boolean): void => {
    if (isOpen === open) return;
    isOpen = open;
    if (open) net.add(world);
    else net.remove(world);
  };
  return {
    lab,
    net,
    docker,
    closePort53: () => turn(false),
    openPort53: () => turn(true),
    async stop() {
      await docker.close();
      await lab.stop();
      // The next file has the same network, and makes its own world there.
      turn(false);
      net.close();
    },
  };
}

function domain(name: string, tlsa: (right: string) => string): LabDomain {
  const host = `mx.${name}.example`;
  return {
    name: `${name}.example`,
    dnssec: 'signed',
    records: (names) => [
      '@ MX 10 mx',
      `mx ${names.address(host)}`,
      `${names.tlsaOwner('mx')} ${tlsa(names.tlsa(host, '3 1 1'))}`,
    ],
  };
}

/** A service of a file in deploy/container, with the settings of the lab and what else a test changes of its environment. */
export function serviceOf(
  file: 'compose.yaml' | 'compose-parts.yaml',
  name: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): ComposeService {
  const text = readFileSync(path.join('deploy/container', file), 'utf8');
  const service = readCompose(text).services[name];
  if (service === undefined) throw new Error(`${file} has no ${name}`);
  if (service.environment === undefined) return service;
  const all = Object.entries({ ...service.environment, ...environment });
  const set = all.filter((one): one is [string, string] => one[1] !== undefined);
  return { ...service, environment: Object.fromEntries(set) };
}

/** What a relay of the lab has to be told. */
export function labEnvironment(lab: Lab): Readonly<Record<string, string>> {
  return {
    DANE_RELAY_DELIVERY_PORT: String(lab.port),
    DANE_RELAY_DNS_PROBE_INTERVAL: '300ms',
    DANE_RELAY_DNS_TIMEOUT: '500ms',
    DANE_RELAY_QUEUE_MINIMAL_BACKOFF: '1s',
    DANE_RELAY_QUEUE_MAXIMAL_BACKOFF: '1s',
  };
}

/** The keys of the lab's root in the place of those that the image has. */
export function labRoot(lab: Lab): readonly string[] {
  return ['--volume', `${lab.trustAnchor}:/usr/share/dns/root.key:ro`];
}
