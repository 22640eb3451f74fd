import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startManagedUnbound, type ManagedUnbound } from '../children/managed-unbound.ts';
import type { Config } from '../config/config.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import { knownForwarder } from '../core/dns/known-forwarder.ts';
import type { Log, Severity } from '../core/log/log-event.ts';
import { createGate, type Gate } from '../resolver/gate.ts';
import { nameservers } from '../resolver/resolv-conf.ts';
import { rootServers } from '../resolver/root-hints.ts';
import { askRootKeys } from '../resolver/root-key-query.ts';
import { watchRootKeys } from '../resolver/root-key-watch.ts';
import type { Server } from '../resolver/server.ts';
import { tryAnyOf, tryServer, type TrialOptions } from '../resolver/trial.ts';
import { watchUpstream, type UpstreamWatch } from '../resolver/upstream-watch.ts';
import type { Meters } from '../status/meters.ts';
import type { Parts } from './parts.ts';
import { ofResolver, ofRootKeys, usesPrivateUnbound } from './log-lines.ts';

/** A validating resolver of our own. */
export interface PrivateResolver {
  readonly server: Server;
  /** Lookups wait until it is known which servers it can ask, and while it is being restarted. */
  readonly guard: Gate['guard'];
  /** Notices failing lookups. */
  readonly heed: (lookup: Lookup) => Lookup;
  /** Why it can ask no server; undefined otherwise. */
  trouble(): string | undefined;
}

const RESOLV_CONF = '/etc/resolv.conf';
const ROOT_HINTS = '/usr/share/dns/root.hints';
/** Longer than the first choice takes if no server answers. */
const GATE_MS = 10_000;
const TRIAL_MS = 1500;
const MAX_TICK_MS = 5000;
/** Interval of the probes, and between two reviews of the servers to ask. */
const INTERVALS_A_REVIEW = 10;

/** The options of a private resolver. */
export interface ResolverParts {
  readonly dns: Config['dns'];
  readonly dataDir: string;
  readonly log: Log;
  readonly parts: Parts;
  readonly meters?: Pick<Meters, 'lookedUp' | 'resolved'>;
}

interface OwnUnbound {
  readonly unbound: ManagedUnbound;
  readonly server: Server;
  readonly gate: Gate;
  readonly isSound: () => boolean;
}

/**
 * Starts an Unbound that validates by itself (RFC 7672 §2.1.1), so that the servers that it asks need not be trusted:
 * those of the settings, otherwise those that can be reached.
 *
 * @param isSound whether it validates now
 */
export async function startPrivateResolver(
  relay: ResolverParts,
  isSound: () => boolean,
): Promise<PrivateResolver> {
  const { dns, dataDir, log, parts } = relay;
  const say = (severity: Severity, text: string): void => log(ofResolver(severity, text));
  const forwarders = dns.forwarders.map(({ host, port }) => ({ address: host, port }));
  const unbound = await startManagedUnbound({
    dataDir,
    forwarders,
    ...(dns.trustAnchor === '' ? {} : { trustAnchorFile: dns.trustAnchor }),
    log,
  });
  parts.add('unbound', () => unbound.stop());
  log(usesPrivateUnbound(unbound));
  const gate = createGate(GATE_MS);
  const server = { address: unbound.address, port: unbound.port };
  const own: OwnUnbound = { unbound, server, gate, isSound };
  followRootKeys(own, relay);
  const { guard } = gate;
  if (forwarders.length > 0) {
    const names = forwarders.map(({ address, port }) => `${address}${port === 53 ? '' : ` port ${port}`}`);
    say('info', `the private Unbound asks ${names.join(', ')} of dns.forwarders and validates what they say`);
    return { server, guard, heed: (lookup) => lookup, trouble: () => undefined };
  }
  const upstream = await findUpstream(own, relay, say);
  const heed = (lookup: Lookup): Lookup => heeding(lookup, () => upstream.suspect());
  return { server, guard, heed, trouble: () => upstream.trouble() };
}

function heeding(lookup: Lookup, suspect: () => void): Lookup {
  return async (name, type, signal) => {
    const answer = await lookup(name, type, signal);
    if (answer.kind === 'failed' && (answer.cause === 'SERVFAIL' || answer.cause === 'timeout')) suspect();
    return answer;
  };
}

/** Lookups wait for the first choice; the start of the relay does not. */
async function findUpstream(
  { unbound, gate, isSound }: OwnUnbound,
  { dns, parts }: ResolverParts,
  say: (severity: Severity, text: string) => void,
): Promise<UpstreamWatch> {
  const roots = rootServers(await readOrEmpty(ROOT_HINTS));
  for (const { address, port } of nameservers(await readOrEmpty(RESOLV_CONF)))
    if (isLoopbackAddress(address) && knownForwarder(address, port) === undefined)
      say(
        'info',
        `${address} of ${RESOLV_CONF} is not believed by guess: name it in dns.servers if it validates by itself`,
      );
  const trial = (signal: AbortSignal): TrialOptions => ({
    trustAnchors: unbound.trustAnchors(),
    timeoutMs: TRIAL_MS,
    random: randomInt,
    now: Date.now,
    signal,
  });
  let begun = false;
  const upstream = watchUpstream({
    readResolvConf: () => readOrEmpty(RESOLV_CONF),
    tryRoot: (signal) => tryAnyOf(roots, trial(signal)),
    tryServer: (server, signal) => tryServer(server, trial(signal)),
    ask: (chosen) => {
      const change = (): Promise<void> => unbound.ask(chosen.kind === 'root' ? [] : chosen.servers);
      return begun ? gate.during(change) : change();
    },
    isSound,
    say,
    now: Date.now,
    tickMs: Math.min(MAX_TICK_MS, dns.probeIntervalMs),
    reviewMs: dns.probeIntervalMs * INTERVALS_A_REVIEW,
  });
  parts.add('upstream', () => upstream.stop());
  void gate.during(() => upstream.begun).then(() => (begun = true));
  return upstream;
}

/** If the settings have a trust anchor, the operator follows its keys. */
function followRootKeys({ unbound, server, gate, isSound }: OwnUnbound, { log, parts }: ResolverParts): void {
  const first = unbound.rootKeys();
  if (first === undefined) return;
  const watch = watchRootKeys({
    known: () => unbound.rootKeys() ?? first,
    keep: async (rootKeys) => {
      const before = unbound.trustAnchors();
      try {
        await unbound.keepRootKeys(rootKeys);
      } finally {
        // Even if the disk is full: a revoked key must not be trusted any longer.
        if (unbound.trustAnchors() !== before) await gate.during(() => unbound.restart());
      }
    },
    ask: (signal) => askRootKeys(server, { timeoutMs: TRIAL_MS, random: randomInt, signal }),
    isSound,
    say: (severity, text) => log(ofRootKeys(severity, text)),
    now: Date.now,
  });
  parts.add('root keys', () => watch.stop());
}

async function readOrEmpty(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
