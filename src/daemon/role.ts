import { join } from 'node:path';

/** Which half of the work a process does. */
export type Role = 'all' | 'intake' | 'delivery';

/** Where a relay answers about its health; one process of each role in a data directory. */
export function statusSocket(dataDir: string, role: Role): string {
  return join(dataDir, role === 'all' ? 'relay.sock' : `relay-${role}.sock`);
}
