import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../lab/lab.ts';
import { labSettings, startRelay } from '../../support/running-relay.ts';
import type { Combination } from './combinations.ts';
import type { Observation } from './observation.ts';
import { observe, type Sender } from './sender.ts';

/** What the two did with the mail for a domain; an error where one gave no verdict. */
export interface Pair {
  readonly postfix: Observation | Error;
  readonly relay: Observation | Error;
}

/** Whether a pair of observations is what is expected of a domain. */
export type IsExpected = (domain: string, pair: { postfix: Observation; relay: Observation }) => boolean;

/** A lookup that one of the two got no answer to, perhaps because this machine was too busy to give it in time. */
const unanswered = /lookup error|Name service error|try again|timed out/i;
const tries = 4;
/** Unbound remembers for 5 s that a lookup failed. */
const pauseMs = 6_000;

/**
 * Sends one mail to each domain through a relay and through a Postfix of the same level, both at the same time. What is
 * not as expected where a lookup got no answer is not judged: it is done again, by both.
 */
export async function runCombination(
  lab: Lab,
  hosts: readonly string[],
  domains: readonly string[],
  combination: Combination,
  isExpected: IsExpected,
): Promise<ReadonlyMap<string, Pair>> {
  await using relay = await openRelay(lab, combination);
  await using postfix = await openPostfix(lab, combination);
  const [ours, theirs] = await Promise.all(
    [relay, postfix].map(({ sender }) => observeAll(sender, lab, hosts, domains)),
  );
  const missing = new Error('not asked');
  const pairs = new Map<string, Pair>();
  for (const domain of domains) {
    let pair: Pair = { postfix: theirs?.get(domain) ?? missing, relay: ours?.get(domain) ?? missing };
    for (let left = tries - 1; left > 0 && isDoubtful(domain, pair, isExpected); left -= 1) {
      await sleep(pauseMs);
      const [own, other] = await Promise.all(
        [relay, postfix].map(({ sender }) => observeSafely(sender, lab, hosts, domain)),
      );
      pair = { postfix: other ?? missing, relay: own ?? missing };
    }
    pairs.set(domain, pair);
  }
  return pairs;
}

function isDoubtful(domain: string, { postfix, relay }: Pair, isExpected: IsExpected): boolean {
  if (postfix instanceof Error || relay instanceof Error) return true;
  if (isExpected(domain, { postfix, relay })) return false;
  return unanswered.test(postfix.reason) || unanswered.test(relay.reason);
}

async function observeAll(
  sender: Sender,
  lab: Lab,
  hosts: readonly string[],
  domains: readonly string[],
): Promise<ReadonlyMap<string, Observation | Error>> {
  const all = new Map<string, Observation | Error>();
  for (const domain of domains) all.set(domain, await observeSafely(sender, lab, hosts, domain));
  return all;
}

function observeSafely(...args: Parameters<typeof observe>): Promise<Observation | Error> {
  return observe(...args).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
}

/** One of the two, for as long as a combination takes. */
interface Side extends AsyncDisposable {
  readonly sender: Sender;
}

async function openRelay(lab: Lab, { level, insecureMxPolicy, daneDigests }: Combination): Promise<Side> {
  const relay = await startRelay({
    set: {
      ...labSettings(lab),
      hostname: 'relay.test',
      'tls.level': level,
      'tls.dane_insecure_mx_policy': insecureMxPolicy,
      'tls.dane_digests': daneDigests.join(','),
      'delivery.connection_reuse': 'false',
      'queue.minimal_backoff': '1h',
      'queue.maximal_backoff': '2h',
    },
  });
  const { lines, port } = relay;
  return {
    sender: {
      submitTo: { host: '127.0.0.1', port },
      heloName: 'relay.test',
      address: '127.0.0.1',
      lines: () => Promise.resolve(lines),
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

async function openPostfix(lab: Lab, { level, insecureMxPolicy, daneDigests }: Combination): Promise<Side> {
  const address = '127.0.0.2';
  const postfix = await lab.startPostfixClient({
    securityLevel: level,
    parameters: {
      smtp_tls_dane_insecure_mx_policy: insecureMxPolicy,
      tls_dane_digests: daneDigests.join(' '),
      smtp_bind_address: address,
      smtp_connection_cache_on_demand: 'no',
      minimal_backoff_time: '1h',
      maximal_backoff_time: '2h',
      queue_run_delay: '1h',
      in_flow_delay: '0',
    },
  });
  return {
    sender: {
      submitTo: { host: postfix.address, port: postfix.port },
      heloName: 'client.test',
      address,
      lines: async () => (await postfix.log()).split('\n').slice(0, -1),
    },
    [Symbol.asyncDispose]: () => postfix.stop(),
  };
}
