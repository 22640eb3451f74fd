import { createHash } from 'node:crypto';
import { derTags, fewMembersOf, readValue } from './der.ts';

/** The key identifier that most authorities give a key (RFC 5280 §4.2.1.2, method 1), in hexadecimal. */
export function keyIdOf(spki: Uint8Array): string | undefined {
  const [, key] = fewMembersOf(readValue(spki, derTags.sequence), 2) ?? [];
  if (key?.tag !== derTags.bitString) return undefined;
  return createHash('sha1').update(key.content.subarray(1)).digest('hex');
}
