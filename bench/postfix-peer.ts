import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Lab } from '../test/lab/lab.ts';
import type { Peer } from './peer.ts';
import { descendants } from './process-tree.ts';

const run = promisify(execFile);

/** Postfix as a DANE client at its best, and with daemons that stay: what ends is not in the figures of its memory. */
const tuned = {
  smtp_tls_connection_reuse: 'yes',
  in_flow_delay: '0s',
  initial_destination_concurrency: '20',
  default_destination_concurrency_limit: '50',
  max_use: '1000000',
  max_idle: '1h',
};

/** What Postfix may have of one destination, from the start. */
function connections(limit: number): Readonly<Record<string, string>> {
  return {
    initial_destination_concurrency: String(limit),
    default_destination_concurrency_limit: String(limit),
  };
}

/**
 * Starts a private Postfix that the lab stops with itself.
 * @param concurrency connections to one destination, if not as tuned
 */
export async function startPostfixPeer(lab: Lab, concurrency?: number): Promise<Peer> {
  const parameters = { ...tuned, ...(concurrency === undefined ? {} : connections(concurrency)) };
  const postfix = await lab.startPostfixClient({ securityLevel: 'dane', parameters });
  const { address, port, configDirectory } = postfix;
  // unshare and what it runs; the first is the parent of the rest.
  const [root] = descendants(process.pid, configDirectory);
  if (root === undefined) throw new Error(`no process has ${configDirectory} in its command line`);
  return {
    name: 'postfix-tuned',
    address,
    port,
    roots: [root],
    logFiles: [path.join(configDirectory, '../mail.log')],
    [Symbol.asyncDispose]: postfix.stop,
  };
}

/** `3.7.11` */
export async function postfixVersion(): Promise<string> {
  return (await run('postconf', ['-dh', 'mail_version'])).stdout.trim();
}
