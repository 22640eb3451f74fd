import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { Parts } from './parts.ts';
import { startResolving, type Resolving } from './resolving.ts';

/**
 * Makes the lookups of a command as a relay with these settings would: at the configured resolvers, otherwise at a
 * private Unbound that is started for it. A running relay is not disturbed. Throws ChildError.
 */
export async function withLookups<T>(
  { dns }: Pick<Config, 'dns'>,
  work: (lookup: Lookup, resolving: Resolving) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const parts = new Parts();
  try {
    const resolving = await startResolving({ dns, dataDir, log: () => {}, parts });
    return await work(resolving.lookup, resolving);
  } finally {
    await parts.stop(() => {});
    await rm(dataDir, { recursive: true, force: true });
  }
}
