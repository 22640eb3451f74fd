import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config/config-error.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { isDane, type SecurityLevel } from '../core/route/levels.ts';
import { lookupPolicy, parsePolicyMap, type PolicyMap } from '../core/route/policy-map.ts';

/** The level asked for towards each next hop: an entry of the policy map, else the level for all. */
export interface TlsLevels {
  level(nextHop: string): SecurityLevel | 'invalid';
  /** Whether any destination may be treated at a DANE level. */
  wantsDane(): boolean;
  /** Grows with every map that was read. */
  version(): number;
  /** Reads the map again; a map that cannot be read leaves the old one in force. */
  reload(): Promise<void>;
}

/** Throws ConfigError when the map cannot be read at start. Entries that make no sense are logged and stay in force as `invalid`. */
export async function openTlsLevels(general: SecurityLevel, mapFile: string, log: Log): Promise<TlsLevels> {
  let map: PolicyMap = { entries: new Map(), problems: [] };
  let version = 0;

  async function read(): Promise<void> {
    if (mapFile === '') return;
    map = parsePolicyMap(await readFile(mapFile, 'utf8'), mapFile);
    version += 1;
    for (const text of map.problems) log({ component: 'smtp', severity: 'warning', text });
  }

  try {
    await read();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      [{ where: mapFile, key: 'tls.policy_maps', wanted: 'a policy map to read', found }],
      { cause: error },
    );
  }

  return {
    level(nextHop) {
      const entry = lookupPolicy(map, nextHop);
      if (entry === undefined) return general;
      return entry.kind === 'level' ? entry.level : 'invalid';
    },
    wantsDane() {
      return (
        isDane(general) ||
        [...map.entries.values()].some((entry) => entry.kind === 'level' && isDane(entry.level))
      );
    },
    version: () => version,
    async reload() {
      try {
        await read();
        if (mapFile !== '')
          log({
            component: 'smtp',
            severity: 'info',
            text: `${mapFile}: ${map.entries.size} policy entries`,
          });
      } catch (error) {
        log({
          component: 'smtp',
          severity: 'error',
          text: `${mapFile}: not read again, the old entries stay in force: ${String(error)}`,
        });
      }
    },
  };
}
