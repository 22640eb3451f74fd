import { isIPv4, isIPv6 } from 'node:net';
import type { Failed } from '../core/dns/answer.ts';
import { isRevoked } from '../core/dns/dnskey.ts';
import { signersOf } from '../core/dns/root-key-set.ts';
import type { RootKeySet } from '../core/dns/root-key-set.ts';
import { anchorsRoot, isAnchored } from '../core/dns/trust-anchors.ts';
import type { AnchorLine } from '../core/dns/trust-anchors.ts';
import { abortWith } from '../core/when-aborted.ts';
import { askRootKeys } from './root-key-query.ts';
import type { Server } from './server.ts';

/** The result of asking a server for the keys of the root: whether a validating resolver can work with its answers. */
export interface Trial {
  readonly server: Server;
  readonly works: boolean;
  /** Why not, in half a sentence; empty if it works. */
  readonly what: string;
}

export interface TrialOptions {
  /** Trust anchors, where validation begins. */
  readonly trustAnchors: readonly AnchorLine[];
  /** For one question by UDP, and the same again for TCP. */
  readonly timeoutMs: number;
  readonly random: (limit: number) => number;
  /** Epoch ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** More than one try, because datagrams get lost. */
const maxQuestions = 2;
/**
 * Number of servers of each family that are asked at the same time. Without IPv6, half of the root's addresses are of
 * no use.
 */
const ofEachFamily = 2;

/** @throws the reason of the signal, and nothing else */
export async function tryServer(server: Server, options: TrialOptions): Promise<Trial> {
  for (let question = 1; ; question++) {
    const keys = await askRootKeys(server, options);
    if ('kind' in keys && keys.cause === 'timeout' && question < maxQuestions) continue;
    const what = complaint(keys, options.trustAnchors, options.now());
    return { server, works: what === '', what };
  }
}

/**
 * Asks some of the servers, and others if those do not work. The first that works stands for all.
 *
 * @throws the reason of the signal, and nothing else
 */
export async function tryAnyOf(
  servers: readonly Server[],
  options: TrialOptions,
): Promise<Trial | undefined> {
  const families = [
    servers.filter(({ address }) => isIPv4(address)),
    servers.filter(({ address }) => isIPv6(address)),
  ];
  const others = new AbortController();
  const release = abortWith(options.signal, others);
  const { signal } = others;
  try {
    let last: Trial | undefined;
    for (let round = 0; round < maxQuestions; round++) {
      const chosen = families.flatMap((family) => draw(family, options.random));
      if (chosen.length === 0) break;
      last = await firstThatWorks(chosen.map((server) => tryOnce(server, { ...options, signal })));
      if (last?.works === true) break;
    }
    return last;
  } finally {
    release();
    others.abort();
  }
}

/** Takes some of them at random. */
function draw(servers: Server[], random: TrialOptions['random']): Server[] {
  const count = Math.min(ofEachFamily, servers.length);
  return Array.from({ length: count }, () => servers.splice(random(servers.length), 1)).flat();
}

async function tryOnce(server: Server, options: TrialOptions): Promise<Trial> {
  const what = complaint(await askRootKeys(server, options), options.trustAnchors, options.now());
  return { server, works: what === '', what };
}

/** The first that works. If none does, one that answered is preferred to one that was silent. */
function firstThatWorks(trials: readonly Promise<Trial>[]): Promise<Trial | undefined> {
  return new Promise((resolve, reject) => {
    const failed: Trial[] = [];
    for (const trial of trials) {
      trial.then((result) => {
        if (result.works) resolve(result);
        failed.push(result);
        if (failed.length === trials.length)
          resolve(failed.find(({ what }) => !isSilence(what)) ?? failed[0]);
      }, reject);
    }
  });
}

function isSilence(what: string): boolean {
  return /^no reply|:\d+: E[A-Z]+$/.test(what);
}

/** Empty if the keys can be validated. */
export function complaint(
  keys: RootKeySet | Failed,
  trustAnchors: readonly AnchorLine[],
  nowMs: number,
): string {
  if ('kind' in keys) return keys.detail;
  if (keys.keys.length === 0) return 'it does not know the keys of the root';
  if (keys.signatures.length === 0) return 'it strips DNSSEC signatures';
  // Anchors of zones below the root cannot validate the root.
  if (!anchorsRoot(trustAnchors)) return '';
  const signers = signersOf(keys, nowMs).filter((key) => !isRevoked(key));
  return signers.some((key) => isAnchored(key, trustAnchors))
    ? ''
    : 'its keys of the root are not signed by one that is trusted here, or not for this time';
}
