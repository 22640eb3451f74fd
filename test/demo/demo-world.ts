import { standardWorld } from '../lab/standard-world.ts';
import type { World } from '../lab/world.ts';
import { cases, obstacle } from './cases.ts';

/** The standard world and dane-only.test, an unsigned domain. A host this machine cannot start is left out, with its domain. */
export async function demoWorld(): Promise<World> {
  const { domains, hosts } = await standardWorld();
  const impossible = cases.filter((one) => obstacle(one) !== undefined);
  return {
    domains: [
      ...domains.filter(({ name }) => !impossible.some(({ domain }) => domain === name)),
      { name: 'dane-only.test', dnssec: 'unsigned', records: () => ['@ MX 10 backup.unsigned.test.'] },
    ],
    hosts: hosts.filter(({ name }) => !impossible.some(({ host }) => host === name)),
  };
}
