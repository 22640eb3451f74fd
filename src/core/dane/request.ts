import { contextTag, derTags, fewMembersOf, membersOf, readObjectIdentifier, readValue } from './der.ts';
import type { DerValue } from './der.ts';
import { readName } from './distinguished-name.ts';
import { readExtensions } from './extensions.ts';

/** What a request for a certificate (RFC 2986 §4) says. Its signature is not verified. */
export interface CertificateRequest {
  /** subjectPublicKeyInfo with its tag and length. */
  readonly spki: Uint8Array;
  /** dNSName subject alternative names that are asked for, else the common names; as written. */
  readonly names: readonly string[];
}

/** RFC 2985 §5.4.2 */
const extensionRequest = '1.2.840.113549.1.9.14';

/** Undefined if `der` is not exactly one request. */
export function readRequest(der: Uint8Array): CertificateRequest | undefined {
  const [info, algorithm, signature] = fewMembersOf(readValue(der, derTags.sequence), 3) ?? [];
  const [version, subject, spki, attributes] = fewMembersOf(info, 4) ?? [];
  if (algorithm === undefined || signature?.tag !== derTags.bitString) return undefined;
  if (version?.tag !== derTags.integer || spki?.tag !== derTags.sequence) return undefined;
  const name = readName(subject);
  if (name === undefined) return undefined;
  const asked = readExtensions(extensionsIn(attributes))?.dnsNames ?? [];
  return { spki: spki.encoding, names: asked.length > 0 ? asked : name.commonNames };
}

function extensionsIn(attributes: DerValue | undefined): DerValue | undefined {
  for (const attribute of membersOf(attributes, contextTag(0)) ?? []) {
    const [type, values] = fewMembersOf(attribute, 2) ?? [];
    if (readObjectIdentifier(type) === extensionRequest && values?.tag === derTags.set) return values;
  }
  return undefined;
}
