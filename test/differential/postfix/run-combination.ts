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

/** Sends one mail to each domain through a relay and through a Postfix of the same level, both at the same time. */
export async function runCombination(
  lab: Lab,
  hosts: readonly string[],
  domains: readonly string[],
  combination: Combination,
): Promise<ReadonlyMap<string, Pair>> {
  const [relay, postfix] = await Promise.all([
    throughRelay(lab, combination, (sender) => observeAll(sender, lab, hosts, domains)),
    throughPostfix(lab, combination, (sender) => observeAll(sender, lab, hosts, domains)),
  ]);
  const missing = new Error('not asked');
  return new Map(
    domains.map((domain) => [
      domain,
      { postfix: postfix.get(domain) ?? missing, relay: relay.get(domain) ?? missing },
    ]),
  );
}

type Observations = ReadonlyMap<string, Observation | Error>;

async function observeAll(
  sender: Sender,
  lab: Lab,
  hosts: readonly string[],
  domains: readonly string[],
): Promise<Observations> {
  const all = new Map<string, Observation | Error>();
  for (const domain of domains) {
    all.set(domain, await observe(sender, lab, hosts, domain).catch((error: unknown) => asError(error)));
  }
  return all;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

async function throughRelay(
  lab: Lab,
  { level, insecureMxPolicy, daneDigests }: Combination,
  use: (sender: Sender) => Promise<Observations>,
): Promise<Observations> {
  await using relay = await startRelay({
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
  return await use({
    submitTo: { host: '127.0.0.1', port },
    heloName: 'relay.test',
    address: '127.0.0.1',
    lines: () => Promise.resolve(lines),
  });
}

async function throughPostfix(
  lab: Lab,
  { level, insecureMxPolicy, daneDigests }: Combination,
  use: (sender: Sender) => Promise<Observations>,
): Promise<Observations> {
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
  try {
    return await use({
      submitTo: { host: postfix.address, port: postfix.port },
      heloName: 'client.test',
      address,
      lines: async () => (await postfix.log()).split('\n').slice(0, -1),
    });
  } finally {
    await postfix.stop();
  }
}
