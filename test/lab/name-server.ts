import { Resolver } from 'node:dns/promises';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startChild, type Child } from './child.ts';
import type { ZoneFile } from './signed-zones.ts';

/**
 * Starts an authoritative NSD for the zones, and resolves when it answers.
 *
 * @param others `198.41.0.4@53`: where it is to be found besides
 */
export async function startNameServer(
  zones: readonly ZoneFile[],
  directory: string,
  address: string,
  port: number,
  others: readonly string[] = [],
): Promise<Child> {
  await mkdir(directory, { recursive: true });
  const file = (name: string) => path.join(directory, name);
  const configuration = `server:
${[`${address}@${port}`, ...others].map((place) => `  ip-address: ${place}\n`).join('')}  do-ip6: no
  server-count: 1
  username: ""
  zonesdir: "${directory}"
  database: ""
  pidfile: "${file('nsd.pid')}"
  xfrdfile: "${file('xfrd.state')}"
  xfrdir: "${directory}"
  zonelistfile: "${file('zone.list')}"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
${zones.map(({ apex, file }) => `zone:\n  name: "${apex}"\n  zonefile: "${file}"\n`).join('')}`;
  await writeFile(file('nsd.conf'), configuration);
  const child = startChild(['nsd', '-d', '-c', file('nsd.conf')], { log: file('log') });
  try {
    await child.ready(() => answers(address, port));
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}

/** Whether the server or resolver there knows who is responsible for `test.`. */
export async function answers(address: string, port: number): Promise<boolean> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`${address}:${port}`]);
  try {
    return (await resolver.resolveSoa('test')).nsname === 'ns.test';
  } catch {
    return false;
  }
}
