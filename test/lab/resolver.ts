import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { descriptorPath, withDescriptor } from '../../src/children/descriptor.ts';
import { anchorLines } from '../../src/core/dns/trust-anchors.ts';
import { startChild, type Child } from './child.ts';
import { answers } from './name-server.ts';

/** An Unbound that can go away and come back at the same address. */
export interface LabResolver {
  /** `127.80.1.3:21053`, as `dns.servers` has it. */
  readonly server: string;
  readonly address: string;
  readonly port: number;
  /** Starts it with an empty cache, or does nothing when it runs. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Restarts it without the validator: same answers, never AD, nothing bogus. */
  makeNonValidating(): Promise<void>;
  /** Restarts it with the validator. */
  makeValidating(): Promise<void>;
}

export interface ResolverOptions {
  readonly directory: string;
  readonly address: string;
  readonly port: number;
  readonly validating: boolean;
  readonly trustAnchor: string;
  /** Every zone, and where it is asked: `['good.test.', '127.80.1.2@21053']`. */
  readonly stubs: readonly (readonly [apex: string, nameServer: string])[];
}

/** Starts an Unbound, and resolves when it answers. */
export async function startResolver(options: ResolverOptions): Promise<LabResolver> {
  const { directory, address, port } = options;
  await mkdir(directory, { recursive: true });
  const anchors = anchorLines(await readFile(options.trustAnchor, 'utf8'));
  let validating = options.validating;
  let child: Child | undefined;

  async function stop() {
    await child?.stop();
    child = undefined;
  }
  async function start() {
    if (child?.running === true) return;
    // AppArmor lets Debian's Unbound read no file of ours. The last -c counts, the other one tells it from its like.
    const command = ['unbound', '-d', '-p', '-c', directory, '-c', descriptorPath];
    child = startChild(withDescriptor(command, configuration(options, anchors, validating)), {
      log: path.join(directory, 'log'),
    });
    try {
      await child.ready(() => answers(address, port));
    } catch (error) {
      await stop();
      throw error;
    }
  }
  async function restart(withValidator: boolean) {
    await stop();
    validating = withValidator;
    await start();
  }

  await start();
  return {
    server: `${address}:${port}`,
    address,
    port,
    start,
    stop,
    makeNonValidating: () => restart(false),
    makeValidating: () => restart(true),
  };
}

/**
 * Each zone has its stub, because delegations cannot say a port. `test.` is among the zones Unbound denies by itself
 * (RFC 6761 §6.2) unless told otherwise, and so are the names of our addresses. The limits on retries and timeouts make a dead name server cost two or three
 * seconds, each time it is asked; lower ones would have Unbound give up our own at the first delays of a busy machine, and
 * not ask it again for a while. Nor is an answer thrown away that took longer than the two seconds Unbound gives it.
 */
function configuration(options: ResolverOptions, anchors: readonly string[], validating: boolean): string {
  const stubs = options.stubs.map(
    ([apex, nameServer]) => `stub-zone:\n  name: "${apex}"\n  stub-addr: ${nameServer}\n`,
  );
  return `server:
  directory: ""
  pidfile: ""
  chroot: ""
  username: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  val-log-level: 2
  log-servfail: yes
  num-threads: 1
  msg-cache-size: 1m
  rrset-cache-size: 1m
  interface: ${options.address}@${options.port}
  do-ip6: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  module-config: "${validating ? 'validator iterator' : 'iterator'}"
${anchors.map((line) => `  trust-anchor: "${line}"\n`).join('')}  local-zone: "test." nodefault
  local-zone: "127.in-addr.arpa." nodefault
  qname-minimisation: no
  ede: yes
  serve-expired: no
  cache-max-negative-ttl: 1
  infra-cache-max-rtt: 1000
  infra-keep-probing: yes
  infra-host-ttl: 1
  outbound-msg-retry: 3
  discard-timeout: 30000
remote-control:
  control-enable: no
${stubs.join('')}`;
}
