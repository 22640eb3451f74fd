import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/** Reads a file for `loadConfig`. Throws a `ConfigError` if that cannot be done. */
export function readConfigFile(name: string): { readonly name: string; readonly text: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(name));
    return { name, text };
  } catch (error) {
    throw new ConfigError([{ where: name, key: '', wanted: 'a text file to read', found: reason(error) }], {
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'no such file';
    case 'EACCES':
      return 'no permission to read it';
    case 'EISDIR':
      return 'a directory';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'something that is not UTF-8';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
