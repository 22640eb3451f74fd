import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { descriptorPath, withDescriptor } from '../../../src/children/descriptor.ts';
import { startChild, type Child } from '../../lab/child.ts';
import type { Lab } from '../../lab/lab.ts';
import { answers } from '../../lab/name-server.ts';
import { deadPort } from './scripted-dns.ts';

export interface Bind {
  /** `127.0.0.1:5300`, as `dns.servers` has it. */
  readonly server: string;
  /** Starts it at the same port, with an empty cache. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const address = '127.0.0.1';

/** Debian's BIND as a resolver that validates by itself, from the root key of the lab, and asks the one of the lab. */
export async function startBind(lab: Lab): Promise<Bind> {
  const port = await deadPort(address);
  const directory = path.join(lab.directory, `named-${port}`);
  await mkdir(directory, { recursive: true });
  const configuration = `options {
  directory "${directory}";
  pid-file none;
  session-keyfile none;
  listen-on port ${port} { ${address}; };
  listen-on-v6 { none; };
  recursion yes;
  empty-zones-enable no;
  dnssec-validation yes;
  forward only;
  forwarders { ${lab.resolver.address} port ${lab.resolver.port}; };
};
controls { };
trust-anchors { ${await staticKey(lab.trustAnchor)} };
`;
  let child: Child | undefined;
  const stop = async (): Promise<void> => {
    await child?.stop();
    child = undefined;
  };
  const start = async (): Promise<void> => {
    // AppArmor lets Debian's BIND read no file of ours.
    const command = ['named', '-g', '-n', '1', '-c', descriptorPath];
    const started = startChild(withDescriptor(command, configuration), { log: path.join(directory, 'log') });
    child = started;
    try {
      await started.ready(() => answers(address, port));
    } catch (error) {
      await stop();
      throw error;
    }
  };
  await start();
  return { server: `${address}:${port}`, start, stop };
}

/** `. IN DNSKEY 257 3 13 BASE64` in BIND's words. */
async function staticKey(trustAnchor: string): Promise<string> {
  const match = /DNSKEY\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)/.exec(await readFile(trustAnchor, 'utf8'));
  if (match === null) throw new Error(`${trustAnchor} has no DNSKEY`);
  const [, flags, protocol, algorithm, key] = match;
  return `"." static-key ${flags} ${protocol} ${algorithm} "${key}";`;
}
