import { join } from 'node:path';

export const roles = ['all', 'intake', 'delivery'] as const;
/** Which half of the work a process does. */
export type Role = (typeof roles)[number];

/** The socket at which a relay reports its health: one process of each role in a data directory. */
export function statusSocket(dataDir: string, role: Role): string {
  return join(dataDir, `${baseName(role)}.sock`);
}

/** The file that a relay holds locked while it runs. */
export function lockPath(dataDir: string, role: Role): string {
  return join(dataDir, `${baseName(role)}.lock`);
}

function baseName(role: Role): string {
  return role === 'all' ? 'relay' : `relay-${role}`;
}
