import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keyBytes = 32;

/**
 * The key that gives unknown users the salts which they keep, from the data directory. It is made there when it is missing
 * or cut off. Nobody logs in with it.
 */
export function loginKey(dataDir: string): Buffer {
  const path = join(dataDir, 'login-key');
  const known = read(path);
  if (known?.length === keyBytes) return known;
  const key = randomBytes(keyBytes);
  writeFileSync(path, key, { mode: 0o600 });
  return key;
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
