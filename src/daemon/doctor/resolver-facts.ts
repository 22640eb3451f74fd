import { randomInt } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildError } from '../../children/child-error.ts';
import { loadRootKeys, readTrustAnchors, rootKeyAnchors } from '../../children/root-key-file.ts';
import type { Config } from '../../config/config.ts';
import type { Answer, Lookup } from '../../core/dns/answer.ts';
import { isEntryPoint, isRevoked, keyTag } from '../../core/dns/dnskey.ts';
import { isLoopbackAddress } from '../../core/dns/ip-address.ts';
import { knownForwarder } from '../../core/dns/known-forwarder.ts';
import { anchorTags } from '../../core/dns/trust-anchors.ts';
import {
  rootKeys,
  type AnchorFacts,
  type ProbeFacts,
  type ResolverFacts,
  type Sentinel,
  type ServerFacts,
} from '../../core/doctor/resolver.ts';
import { messageOf } from '../../core/error-words.ts';
import { askOthers, askSigned, type Probes } from '../../resolver/probes.ts';
import { publicProbes } from '../../resolver/public-probes.ts';
import { askRootKeys } from '../../resolver/root-key-query.ts';
import { nameOfServer, type Server } from '../../resolver/server.ts';
import type { Parts } from '../parts.ts';
import { probesOf, stubFor, trustsAd } from '../resolver-settings.ts';
import { startResolving, type Resolving } from '../resolving.ts';
import type { DoctorContext } from './context.ts';
import { resolverProgram } from './resolver-program.ts';

interface Place {
  readonly config: Config;
  readonly dataDir: string;
  /** A directory of the doctor's own. */
  readonly scratch: string;
  readonly parts: Parts;
}

const ROOT_KEYS_MS = 1_500;

/**
 * The resolver that a relay with these settings has. A private Unbound begins with the keys of the root that the relay has
 * learned, in another directory than that of the relay. Throws ChildError.
 */
export async function startDoctorsResolver({ config, dataDir, scratch, parts }: Place): Promise<Resolving> {
  const own = join(scratch, 'unbound');
  await mkdir(own, { recursive: true, mode: 0o700 });
  await copyFile(learnedKeys(dataDir), learnedKeys(scratch)).catch(() => {});
  return startResolving({ dns: config.dns, dataDir: scratch, log: () => {}, parts });
}

export async function resolverFacts({ config, dataDir, resolving }: DoctorContext): Promise<ResolverFacts> {
  const { dns } = config;
  const isOwn = dns.servers.length === 0;
  try {
    const found = await resolving();
    const asked = found.servers;
    const names = asked.map(nameOfServer);
    const configured = dns.servers.map(({ host, port }) => nameOfServer({ address: host, port }));
    const servers = await Promise.all(asked.map((server) => serverFacts(server, isOwn, dns)));
    const { answering, reason } = found.state();
    // Why its own Unbound can ask nobody is known better than that it does not answer.
    const isLost =
      isOwn &&
      dns.forwarders.length === 0 &&
      !answering &&
      servers.every(({ probes }) => probes.some(isSilence));
    return {
      servers,
      leftOut: configured.filter((name) => !names.includes(name)),
      ...(isOwn ? { anchors: await anchorFacts(dns, dataDir) } : {}),
      ...(isLost ? { trouble: { kind: 'asks nobody', why: reason } as const } : {}),
    };
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    return { servers: [], leftOut: [], trouble: { kind: 'not started', why: messageOf(error) } };
  }
}

function isSilence({ kind }: ProbeFacts): boolean {
  return kind === 'does not answer';
}

async function serverFacts(server: Server, isOwn: boolean, dns: Config['dns']): Promise<ServerFacts> {
  const stub = stubFor([server], dns);
  const isLoopback = isLoopbackAddress(server.address);
  const probes = probesOf(dns);
  try {
    // The relay knows that its own Unbound validates; the doctor looks.
    const asked = await askProbes(
      stub.lookup,
      probes && isOwn ? { ...probes, publicOnes: ['unsigned', 'bogus'] } : probes,
    );
    const [sentinel, rootKeyTags, program] = await Promise.all([
      asked.probes.every(({ kind }) => kind === 'validates') ? askSentinel(stub.lookup) : ('silent' as const),
      askRootKeyTags(server),
      isLoopback && !isOwn ? resolverProgram(server) : undefined,
    ]);
    const forwarder = knownForwarder(server.address, server.port);
    return {
      server: nameOfServer(server),
      isOwn,
      isLoopback,
      isBelieved: trustsAd(dns)(server.address),
      ...asked,
      ...(forwarder === undefined ? {} : { forwarder }),
      ...(program === undefined ? {} : { program }),
      sentinel,
      rootKeyTags,
    };
  } finally {
    stub.close();
  }
}

/** The questions with which the relay watches its resolvers. */
async function askProbes(
  lookup: Lookup,
  probes: Probes | undefined,
): Promise<Pick<ServerFacts, 'probes' | 'signedMs'>> {
  if (probes === undefined) return { probes: [] };
  const begun = performance.now();
  const signed = await askSigned(lookup, probes);
  const signedMs = performance.now() - begun;
  if (signed.kind !== 'validates') return { probes: [signed] };
  const others = await Promise.all([
    askOthers(lookup, probes),
    publicProbes(lookup, probes.publicOnes ?? [], Date.now).ask(false),
  ]);
  return { probes: [signed, ...others.filter(({ what }) => what !== '')], signedMs };
}

/**
 * RFC 8509 §3: a resolver that validates, and knows these names, answers one of them with SERVFAIL. They do not exist at
 * the root, which is signed, so that nobody else is asked.
 */
async function askSentinel(lookup: Lookup): Promise<Sentinel> {
  const ask = async (word: string): Promise<string> =>
    heard(await lookup(`root-key-sentinel-${word}-ta-${rootKeys.ksk2024}`, 'A'));
  const [is, not] = await Promise.all([ask('is'), ask('not')]);
  if (is === 'answered' && not === 'refused') return 'trusted';
  return is === 'refused' && not === 'answered' ? 'not trusted' : 'silent';
}

function heard(answer: Answer<unknown>): 'answered' | 'refused' | 'nothing' {
  if (answer.kind === 'failed') return answer.cause === 'SERVFAIL' ? 'refused' : 'nothing';
  return answer.secure ? 'answered' : 'nothing';
}

async function askRootKeyTags(server: Server): Promise<readonly number[]> {
  const signal = new AbortController().signal;
  const found = await askRootKeys(server, { timeoutMs: ROOT_KEYS_MS, random: randomInt, signal });
  if ('kind' in found) return [];
  return found.keys.filter((key) => isEntryPoint(key) && !isRevoked(key)).map(({ rdata }) => keyTag(rdata));
}

async function anchorFacts({ trustAnchor }: Config['dns'], dataDir: string): Promise<AnchorFacts> {
  if (trustAnchor !== '')
    return { from: trustAnchor, tags: anchorTags(await readTrustAnchors(trustAnchor)), isFixed: true };
  const from = 'of dns-root-data and of what the relay has learned';
  const known = await loadRootKeys(learnedKeys(dataDir), Date.now());
  return { from, tags: anchorTags(rootKeyAnchors(known)), isFixed: false };
}

function learnedKeys(dataDir: string): string {
  return join(dataDir, 'unbound', 'root.key');
}
