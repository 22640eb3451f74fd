import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Lab } from '../../lab/lab.ts';
import { observe, type Sender } from '../../differential/postfix/sender.ts';
import type { Observation } from '../../differential/postfix/observation.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay } from '../../support/running-relay.ts';

/** A Postfix, as an operator has set it up, beside what a lab needs. */
export interface OldPostfix {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Tables that postmap has to make an index of: paths. */
  readonly indexed?: readonly string[];
}

/** What came of one mail. */
export interface Outcome {
  readonly status: string;
  /** Of a mail that was not even taken: the first digit of the reply. */
  readonly dsn: string;
  readonly relay: string;
  readonly tls: readonly string[];
}

/** A destination, and what came of one mail to it with the Postfix and with the relay that was made of it. */
export interface Pair {
  readonly domain: string;
  readonly postfix: Outcome;
  readonly relay: Outcome;
}

const usual = {
  smtp_bind_address: '127.0.0.2',
  smtp_connection_cache_on_demand: 'no',
  minimal_backoff_time: '1h',
  maximal_backoff_time: '2h',
  queue_run_delay: '1h',
  in_flow_delay: '0',
};

/**
 * Starts this Postfix, makes a relay of its main.cf and master.cf with `import-postfix`, and sends one mail to each domain
 * through both.
 *
 * @param hosts all that there are
 */
export async function playBoth(
  lab: Lab,
  hosts: readonly string[],
  old: OldPostfix,
  domains: readonly string[],
): Promise<readonly Pair[]> {
  const postfix = await lab.startPostfixClient({
    securityLevel: 'none',
    parameters: { ...usual, ...old.parameters },
  });
  try {
    for (const table of old.indexed ?? [])
      await promisify(execFile)('postmap', ['-c', postfix.configDirectory, `hash:${table}`]);
    const directory = path.join(lab.directory, `moved-${old.name.replaceAll(/\W+/g, '-')}`);
    await mkdir(directory);
    const settingsFile = path.join(directory, 'relay.toml');
    const imported = await runCommand(
      ['import-postfix', postfix.configDirectory, '--output', settingsFile],
      {},
    );
    if (imported.code !== 0) throw new Error(imported.stderr);
    const own = { data_dir: path.join(directory, 'data'), 'dns.servers': lab.dnsServer };
    const checked = await runCommand(['check-config', '--config', settingsFile], own);
    if (checked.code !== 0) throw new Error(`${checked.stdout.toString()}${checked.stderr}`);
    await using relay = await startRelay({
      settingsFile,
      dataDir: own.data_dir,
      set: { 'dns.servers': lab.dnsServer, 'delivery.connect_timeout': '5s' },
    });
    const theirs: Sender = {
      submitTo: { host: postfix.address, port: postfix.port },
      heloName: 'client.test',
      address: '127.0.0.2',
      lines: async () => (await postfix.log()).split('\n').slice(0, -1),
    };
    const ours: Sender = {
      submitTo: { host: '127.0.0.1', port: relay.port },
      heloName: 'relay.test',
      address: '127.0.0.1',
      lines: () => Promise.resolve(relay.lines),
    };
    const [before, after] = await Promise.all(
      [theirs, ours].map(async (sender) => {
        const all: Outcome[] = [];
        for (const domain of domains) all.push(outcomeOf(await observe(sender, lab, hosts, domain)));
        return all;
      }),
    );
    return domains.flatMap((domain, at) => {
      const [one, other] = [before?.[at], after?.[at]];
      return one === undefined || other === undefined ? [] : [{ domain, postfix: one, relay: other }];
    });
  } finally {
    await postfix.stop();
  }
}

function outcomeOf({ status, dsn, relay, tls, reason }: Observation): Outcome {
  return { status, dsn: status === 'refused' ? reason.slice(0, 1) : dsn, relay, tls };
}
