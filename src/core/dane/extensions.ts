import {
  contextTag,
  derTags,
  membersOf,
  readBits,
  readBoolean,
  readObjectIdentifier,
  readUnsigned,
  readValue,
} from './der.ts';
import type { DerValue } from './der.ts';

/** What the extensions of RFC 5280 §4.2 say, as far as the path to a TLSA trust anchor depends on it. */
export interface Extensions {
  readonly subjectAltNames: readonly GeneralName[];
  /** The dNSName subject alternative names, as written. */
  readonly dnsNames: readonly string[];
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  readonly keyUsage?: readonly KeyUsage[];
  /** Object identifiers. */
  readonly extendedKeyUsage?: ReadonlySet<string>;
  readonly nameConstraints?: NameConstraints;
  /** Hexadecimal. */
  readonly subjectKeyId?: string;
  /** Hexadecimal. */
  readonly authorityKeyId?: string;
  /** Object identifiers of critical extensions that we do not know. */
  readonly unknownCritical: readonly string[];
}

/** RFC 5280 §4.2.1.6: the form of the name is its tag, one of `nameForms` or another. */
export type GeneralName = DerValue;

export const nameForms = { rfc822Name: 0x81, dNSName: 0x82, directoryName: 0xa4, iPAddress: 0x87 } as const;

/** RFC 5280 §4.2.1.10; the bases of the subtrees. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** RFC 5280 §4.2.1.3, in the order of the bits. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof keyUsages)[number];

type Draft = { -readonly [K in keyof Extensions]: Extensions[K] };

/** One reader for each extension that is obeyed; false means that its value is malformed. */
const readers: Readonly<Record<string, (draft: Draft, value: Uint8Array) => boolean>> = {
  '2.5.29.14': readSubjectKeyId,
  '2.5.29.15': readKeyUsage,
  '2.5.29.17': readSubjectAltName,
  '2.5.29.19': readBasicConstraints,
  '2.5.29.30': readNameConstraints,
  '2.5.29.35': readAuthorityKeyId,
  '2.5.29.37': readExtendedKeyUsage,
};

/**
 * Extensions that may be critical although they are ignored: CRL distribution points, certificate policies, policy
 * mappings, policy constraints, inhibit anyPolicy. SMTP asks for neither revocation nor certificate policies, and
 * OpenSSL, with which Postfix verifies, ignores them in the same way.
 */
const passedOver = new Set(['2.5.29.31', '2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.54']);

/**
 * Extensions for which OpenSSL rejects a certificate, critical or not. proxyCertInfo marks a certificate that a user
 * issued to a program (RFC 3820 §3.8), which must not pass for an ordinary one.
 */
const alwaysCritical = new Set(['1.3.6.1.5.5.7.1.14']);

/** The content of `extensions [3]` of a certificate; undefined if any part that matters is malformed or doubled. */
export function readExtensions(explicit: DerValue | undefined): Extensions | undefined {
  const read = readAll(explicit);
  return typeof read === 'string' ? undefined : read;
}

/** Why `readExtensions` refuses them, for people; undefined if it does not. */
export function extensionsFault(explicit: DerValue | undefined): string | undefined {
  const read = readAll(explicit);
  return typeof read === 'string' ? read : undefined;
}

/** Or what is wrong with them. */
function readAll(explicit: DerValue | undefined): Extensions | string {
  const unknownCritical: string[] = [];
  const draft: Draft = { subjectAltNames: [], dnsNames: [], unknownCritical };
  if (explicit === undefined) return draft;
  const members = membersOf(readValue(explicit.content, derTags.sequence));
  if (members === undefined) return 'its extensions are no list';
  const seen = new Set<string>();
  for (const member of members) {
    const extension = readExtension(member);
    if (extension === undefined) return 'one of its extensions is malformed';
    if (seen.has(extension.type)) return `it has the extension ${extension.type} twice`;
    seen.add(extension.type);
    const read = readers[extension.type];
    if (read !== undefined && !read(draft, extension.value))
      return `its extension ${extension.type} is malformed`;
    const known = read !== undefined || passedOver.has(extension.type);
    const critical = extension.critical || alwaysCritical.has(extension.type);
    if (critical && !known) unknownCritical.push(extension.type);
  }
  return draft;
}

function readExtension(value: DerValue): { type: string; critical: boolean; value: Uint8Array } | undefined {
  const [id, ...rest] = membersOf(value) ?? [];
  const type = readObjectIdentifier(id);
  const [flag, octets, ...more] = rest.length === 1 ? [undefined, ...rest] : rest;
  const critical = flag === undefined ? false : readBoolean(flag);
  if (type === undefined || critical === undefined || more.length > 0) return undefined;
  return octets?.tag === derTags.octetString ? { type, critical, value: octets.content } : undefined;
}

function readSubjectKeyId(draft: Draft, value: Uint8Array): boolean {
  const octets = readValue(value, derTags.octetString);
  if (octets === undefined) return false;
  draft.subjectKeyId = Buffer.from(octets.content).toString('hex');
  return true;
}

function readAuthorityKeyId(draft: Draft, value: Uint8Array): boolean {
  const members = membersOf(readValue(value, derTags.sequence));
  const keyId = members?.find(({ tag }) => tag === 0x80);
  if (keyId !== undefined) draft.authorityKeyId = Buffer.from(keyId.content).toString('hex');
  return members !== undefined;
}

function readKeyUsage(draft: Draft, value: Uint8Array): boolean {
  const octets = readValue(value, derTags.bitString);
  const bits = octets && readBits(octets);
  if (bits === undefined) return false;
  draft.keyUsage = keyUsages.filter((_, bit) => bits.includes(bit));
  return true;
}

function readExtendedKeyUsage(draft: Draft, value: Uint8Array): boolean {
  const purposes = membersOf(readValue(value, derTags.sequence))?.map(readObjectIdentifier);
  if (purposes === undefined) return false;
  const known = purposes.filter((purpose) => purpose !== undefined);
  draft.extendedKeyUsage = new Set(known);
  return known.length === purposes.length;
}

function readBasicConstraints(draft: Draft, value: Uint8Array): boolean {
  const members = membersOf(readValue(value, derTags.sequence));
  if (members === undefined) return false;
  const [first] = members;
  const explicit = first?.tag === derTags.boolean ? first : undefined;
  const [length, ...more] = explicit === undefined ? members : members.slice(1);
  const ca = explicit === undefined ? false : readBoolean(explicit);
  const pathLength = length && readUnsigned(length);
  if (ca === undefined || more.length > 0 || (length !== undefined && pathLength === undefined)) return false;
  draft.basicConstraints = pathLength === undefined ? { ca } : { ca, pathLength };
  return true;
}

function readSubjectAltName(draft: Draft, value: Uint8Array): boolean {
  const names = membersOf(readValue(value, derTags.sequence));
  if (names === undefined) return false;
  draft.subjectAltNames = names;
  draft.dnsNames = names.filter(({ tag }) => tag === nameForms.dNSName).map((each) => each.latin1());
  return true;
}

function readNameConstraints(draft: Draft, value: Uint8Array): boolean {
  const lists = membersOf(readValue(value, derTags.sequence));
  const permitted = readSubtrees(lists?.find(({ tag }) => tag === contextTag(0)));
  const excluded = readSubtrees(lists?.find(({ tag }) => tag === contextTag(1)));
  if (lists === undefined || permitted === undefined || excluded === undefined) return false;
  draft.nameConstraints = { permitted, excluded };
  return true;
}

/** RFC 5280 §4.2.1.10: minimum is 0 and so left out, and maximum is absent. Nothing else could be obeyed. */
function readSubtrees(list: DerValue | undefined): GeneralName[] | undefined {
  if (list === undefined) return [];
  const subtrees = membersOf(list, list.tag)?.map((subtree) => membersOf(subtree));
  const bases = subtrees?.map((subtree) => (subtree?.length === 1 ? subtree[0] : undefined));
  const read = bases?.filter((base) => base !== undefined);
  return read?.length === bases?.length ? read : undefined;
}
