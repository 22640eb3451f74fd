import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config/config-error.ts';

/** The text of a file that a setting names. Throws ConfigError, with `wanted` in it, when it cannot be read. */
export async function readOperatorFile(name: string, key: string, wanted: string): Promise<string> {
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    throw operatorFileError(name, key, wanted, messageOf(error), error);
  }
}

export function operatorFileError(
  where: string,
  key: string,
  wanted: string,
  found: string,
  cause?: unknown,
): ConfigError {
  return new ConfigError([{ where, key, wanted, found }], { cause });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
