import { isIP } from 'node:net';
import type { Answer, Failed, Lookup } from '../core/dns/answer.ts';
import { parseOwnerName } from '../core/dns/name.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { answerFromReply, failureOf, startTrail } from './answer-from-reply.ts';
import { exchange } from './exchange.ts';
import { joinLookups } from './joined-lookups.ts';
import type { DnsReply } from './reply.ts';
import type { Server } from './server.ts';

export interface StubOptions {
  /** Validating resolvers in the order in which they are tried; at least one. */
  readonly servers: readonly Server[];
  /** Those of them to ask now, at least one. Default: all. */
  readonly inUse?: () => readonly Server[];
  /** RFC 7672 §2.1.1: whether the AD bit of the server at this IP address counts. */
  readonly trustAd: (address: string) => boolean;
  /** For one try with one server; after a truncated reply, the same again for TCP. */
  readonly timeoutMs: number;
  /** How often each server is tried. */
  readonly attempts: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** An unpredictable integer from 0 up to, not including, the limit: `randomInt` of `node:crypto`. */
  readonly random: (limit: number) => number;
}

export interface StubResolver {
  readonly lookup: Lookup;
  /** Fails all lookups in flight and all later ones. */
  close(): void;
}

/** A reply to build an answer from, and whether its AD bit counts. */
interface Heard {
  readonly kind: 'heard';
  readonly reply: DnsReply;
  readonly secure: boolean;
}

/**
 * Asks validating resolvers and returns their answers with the DNSSEC verdict (RFC 7672 §2.1). Identical lookups in
 * flight are joined. Nothing is cached.
 *
 * @throws RangeError for an option no resolver can work with
 */
export function createStubResolver(options: StubOptions): StubResolver {
  const plan = checked(options);
  let closed = false;

  const flights = joinLookups(async (name, type, signal) => {
    const owner = parseOwnerName(name);
    if (owner === undefined) return failure('malformed', 'invalid host or domain name');
    if (closed) return failure('unreachable', closedDetail);
    try {
      return await resolve(owner, type, plan, signal);
    } catch (error) {
      if (closed) return failure('unreachable', closedDetail);
      throw error;
    }
  });

  const close = (): void => {
    closed = true;
    flights.abort(new Error(closedDetail));
  };
  return { lookup: flights.lookup, close };
}

const closedDetail = 'the resolver client is shut down';

function failure(cause: Failed['cause'], detail: string): Failed {
  return { kind: 'failed', cause, detail };
}

/** @throws RangeError for an option no resolver can work with */
function checked(options: StubOptions): StubOptions {
  for (const { address, port } of options.servers) {
    if (isIP(address) === 0 || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new RangeError(`not the IP address and port of a resolver: ${address}:${port}`);
    }
  }
  if (options.servers.length === 0) throw new RangeError('no resolver to ask');
  if (!(options.attempts >= 1) || !(options.timeoutMs > 0)) {
    throw new RangeError('a resolver needs at least one attempt and some time');
  }
  return { ...options, servers: serversToAsk(options.servers, options.trustAd) };
}

/**
 * While there is a server whose AD counts, the others are not asked. Otherwise an attacker that makes the trusted
 * server fail, with a bogus or a slow reply, could have the next one answer for a signed zone as if it were unsigned.
 */
export function serversToAsk<S extends Server>(
  servers: readonly S[],
  trustAd: StubOptions['trustAd'],
): readonly S[] {
  const trusted = servers.filter(({ address }) => trustAd(address));
  return trusted.length > 0 ? trusted : servers;
}

/** Asks one question after the other along the aliases, within one deadline for all. */
async function resolve<T extends RecordType>(
  name: string,
  type: T,
  plan: StubOptions,
  signal: AbortSignal,
): Promise<Answer<RecordOf[T]>> {
  const deadline = plan.now() + plan.timeoutMs * (plan.attempts * plan.servers.length + 1);
  let trail = startTrail(name);
  for (;;) {
    const heard = await askServers(trail.name, type, plan, deadline, signal);
    if (heard.kind === 'failed') return heard;
    const answer = answerFromReply(trail, type, heard.reply, heard.secure);
    if (answer.kind !== 'trail') return answer;
    trail = answer;
  }
}

/**
 * Asks server after server, round after round, until one has an answer. A server that replied with an error is not
 * asked again, and its error is reported if all others are silent.
 */
async function askServers(
  name: string,
  type: RecordType,
  plan: StubOptions,
  deadline: number,
  signal: AbortSignal,
): Promise<Heard | Failed> {
  let silence: Failed | undefined;
  let refusal: Failed | undefined;
  const spoken = new Set<Server>();
  const servers = plan.inUse?.() ?? plan.servers;
  for (let attempt = 0; attempt < plan.attempts; attempt++) {
    for (const server of servers) {
      if (spoken.has(server)) continue;
      signal.throwIfAborted();
      const timeoutMs = Math.min(plan.timeoutMs, deadline - plan.now());
      if (timeoutMs <= 0) break;
      const query = { id: plan.random(65_536), name, type };
      const outcome = await exchange(server, query, timeoutMs, signal);
      if (outcome.kind === 'failed') {
        silence = outcome;
        continue;
      }
      const { reply } = outcome;
      const failed = failureOf(reply);
      if (failed === undefined) {
        return { kind: 'heard', reply, secure: reply.authentic && plan.trustAd(server.address) };
      }
      spoken.add(server);
      refusal ??= failed;
    }
  }
  return refusal ?? silence ?? failure('timeout', `no time left to ask for ${name}`);
}
