import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordName, recordText } from '../../src/core/dkim/key-record.ts';
import { publicKeyOf, readSigningKey } from '../../src/dkim/signing-key.ts';
import type { KeyRecords } from './dkim-verifiers.ts';

/** PEM of a new private key. */
export function newKey(type: 'rsa' | 'ed25519', bits = 2048): string {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Puts keys into a directory as `dkim.directory` has them. Returns the records that belong to them. */
export async function writeKeys(
  directory: string,
  domain: string,
  keys: Readonly<Record<string, string>>,
): Promise<KeyRecords> {
  await mkdir(join(directory, domain), { recursive: true });
  const records: Record<string, string> = {};
  for (const [selector, pem] of Object.entries(keys)) {
    await writeFile(join(directory, domain, `${selector}.private`), pem, { mode: 0o600 });
    const reading = readSigningKey(pem);
    if ('problem' in reading) throw new Error(reading.problem);
    records[recordName(selector, domain)] = recordText(publicKeyOf(reading.key));
  }
  return records;
}
