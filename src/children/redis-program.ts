import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of Redis, by its name behind `redis-`. */
export type RedisTool = 'server' | 'check-aof' | 'check-rdb';

/** Whose programs are looked for, in this order: a Valkey has names of its own, and does the same. */
const kinds = ['redis', 'valkey'] as const;

/** The name of a program in the search path: that of Redis, or that of Valkey where there is no Redis. */
export function redisProgram(tool: RedisTool, searchPath: string): string {
  const folders = searchPath.split(delimiter).filter(Boolean);
  // Never the server of one with the checker of another.
  const kind = kinds.find((one) => folders.some((folder) => existsSync(join(folder, `${one}-server`))));
  return `${kind ?? 'redis'}-${tool}`;
}

/** Whether a process with this program in its command line may be a Redis. */
export function isRedisServer(program: string): boolean {
  return kinds.some((kind) => program.includes(`${kind}-server`));
}
