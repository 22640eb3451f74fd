import { judgeRecords, recordName, type RecordState } from '../core/dkim/key-record.ts';
import type { Lookup } from '../core/dns/answer.ts';
import { publicKeyOf, type SigningKey } from './signing-key.ts';

/** What the DNS has for a key. */
export interface FoundRecord {
  readonly state: RecordState | 'unknown';
  /** What it means. */
  readonly text: string;
  /** Where the record is, if the name is an alias. */
  readonly alias?: string;
}

const meanings: Readonly<Record<RecordState, string>> = {
  published: 'published',
  missing: 'there is no such record: nobody can verify what this key signs',
  several: 'there is more than one record: verifiers take any of them, or none',
  'other key': 'there is the record of another key: what this key signs is no valid signature',
  'other type': 'the record has k= of another algorithm than the key',
  revoked: 'the record says that the key was revoked (p= is empty)',
  testing: 'the record says t=y: verifiers treat the mail as if it were not signed',
  restricted: 'the record does not allow such signatures (h= or s=)',
  unreadable: 'the record is no DKIM key',
};

/** So many at a time, for nobody waits patiently for hundreds. */
const LOOKUPS_AT_ONCE = 20;

/** Holds what the DNS has against the keys. */
export async function lookUpKeys(
  keys: readonly SigningKey[],
  lookup: Lookup,
): Promise<readonly { readonly key: SigningKey; readonly found: FoundRecord }[]> {
  const all: { key: SigningKey; found: FoundRecord }[] = [];
  for (let at = 0; at < keys.length; at += LOOKUPS_AT_ONCE) {
    const some = keys.slice(at, at + LOOKUPS_AT_ONCE);
    all.push(...(await Promise.all(some.map(async (key) => ({ key, found: await lookUp(key, lookup) })))));
  }
  return all;
}

async function lookUp(key: SigningKey, lookup: Lookup): Promise<FoundRecord> {
  const answer = await lookup(recordName(key.selector, key.domain), 'TXT');
  if (answer.kind === 'failed') return { state: 'unknown', text: `could not be looked up: ${answer.detail}` };
  const state = judgeRecords(answer.kind === 'found' ? answer.records : [], publicKeyOf(key));
  const alias = answer.aliases.length === 0 ? {} : { alias: answer.name };
  return { state, text: meanings[state], ...alias };
}
