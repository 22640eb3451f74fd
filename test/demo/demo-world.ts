import { standardWorld } from '../lab/standard-world.ts';
import type { World } from '../lab/world.ts';

/** The standard world and dane-only.test, an unsigned domain. */
export async function demoWorld(): Promise<World> {
  const { domains, hosts } = await standardWorld();
  return {
    domains: [
      ...domains,
      { name: 'dane-only.test', dnssec: 'unsigned', records: () => ['@ MX 10 backup.unsigned.test.'] },
    ],
    hosts,
  };
}
