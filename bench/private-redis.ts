import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Lab } from '../test/lab/lab.ts';

/** The Redis that the relay of a lab runs for itself. */
export interface PrivateRedis {
  readonly socket: string;
  /** Its process now. */
  pid(): number;
  /** What it answers to a command, as redis-cli prints it. */
  ask(...command: readonly string[]): Promise<string>;
  /** A number of INFO; NaN if it does not tell it. */
  info(field: string): Promise<number>;
}

export function privateRedisOf({ directory }: Pick<Lab, 'directory'>): PrivateRedis {
  const own = path.join(directory, 'relay', 'redis');
  const socket = path.join(own, 'redis.sock');
  async function ask(...command: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-s', socket, ...command], {
      maxBuffer: 64 * 1024 ** 2,
    });
    return stdout.replaceAll('\r', '');
  }
  return {
    socket,
    pid: () => Number(readFileSync(path.join(own, 'redis.pid'), 'utf8')),
    ask,
    async info(field) {
      const text = await ask('INFO', 'all');
      return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(text)?.[1]);
    },
  };
}
