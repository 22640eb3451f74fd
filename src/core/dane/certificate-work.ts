import { keyWork, type KeyWork } from './key-work.ts';
import { countValues, extentAt, extentsIn, type Extent } from './octet-walk.ts';

/** What in a certificate costs OpenSSL time, as far as that shows without interpreting it. */
export interface CertificateWork {
  readonly octets: number;
  /** Values in its encoding, those within the values of extensions included. */
  readonly values: number;
  readonly key: KeyWork;
  /** A digest of the name: names that OpenSSL takes for equal have the same. Undefined if it may equal any name. */
  readonly issuer: number | undefined;
  readonly subject: number | undefined;
  /** Values in the issuer's name. */
  readonly issuerValues: number;
  /** Names that are compared with constraints: parts of the subject, and alternative names. */
  readonly names: number;
  readonly nameOctets: number;
  /** Alternative names of other kinds, which may be mail addresses with letters of any script (RFC 9598). */
  readonly otherNames: number;
  /** Values within the name constraints, which are more than there are constraints. */
  readonly constraints: number;
  readonly constraintOctets: number;
  /** Values within the authority key identifier. */
  readonly authorityValues: number;
  /** Names of distribution points that begin with the name of the issuer. */
  readonly relativeNames: number;
  /** Values about addresses and numbers of networks (RFC 3779). */
  readonly resources: number;
}

/** Content of the object identifiers, in hexadecimal, of the extensions that OpenSSL works with. */
const extensionTypes = {
  subjectAltName: '551d11',
  nameConstraints: '551d1e',
  distributionPoints: '551d1f',
  authorityKeyId: '551d23',
  addresses: '2b06010505070107',
  autonomousSystems: '2b06010505070108',
} as const;

/** GeneralName `[0]` (RFC 5280 §4.2.1.6). */
const otherName = 0xa0;

type Found = Partial<Record<keyof typeof extensionTypes, Extent>>;

/** Undefined if it has not the form of a certificate (RFC 5280 §4.1). Linear in its octets. */
export function certificateWork(octets: Uint8Array): CertificateWork | undefined {
  const whole = extentAt(octets, 0, octets.length);
  const tbs = whole && extentAt(octets, whole.start, whole.end);
  const members = tbs && extentsIn(octets, tbs, 10);
  if (whole === undefined || members === undefined) return undefined;
  const [, , issuer, , subject, spki, ...rest] = members[0]?.tag === 0xa0 ? members.slice(1) : members;
  if (issuer === undefined || subject === undefined || spki?.tag !== 0x30) return undefined;
  const explicit = rest.find(({ tag }) => tag === 0xa3);
  const list = explicit && extentAt(octets, explicit.start, explicit.end);
  const extensions = list === undefined ? [] : extentsIn(octets, list);
  if (extensions === undefined || (explicit !== undefined && list === undefined)) return undefined;
  const found: Found = {};
  let values = countValues(octets, { start: 0, end: octets.length });
  for (const extension of extensions) {
    const parts = extentsIn(octets, extension, 3);
    const [type, value] = [parts?.[0], parts?.at(-1)];
    // An OCTET STRING may come in pieces (X.690 §8.7.3), and OpenSSL puts them together.
    if (type?.tag !== 0x06 || value?.tag !== 0x04) return undefined;
    values += countValues(octets, value);
    const name = typeOf(octets, type);
    // OpenSSL ignores an extension that occurs twice, but may have read it by then: the larger one counts.
    if (name !== undefined && sizeOf(value) >= sizeOf(found[name])) found[name] = value;
  }
  const { subjectAltName, nameConstraints, distributionPoints, authorityKeyId } = found;
  const valuesOf = (value: Extent | undefined): number =>
    value === undefined ? 0 : countValues(octets, value);
  return {
    octets: octets.length,
    values,
    key: keyWork(octets, spki),
    issuer: nameDigest(octets, issuer),
    subject: nameDigest(octets, subject),
    issuerValues: valuesOf(issuer),
    names: valuesOf(subject) + valuesOf(subjectAltName),
    nameOctets: sizeOf(subject) + sizeOf(subjectAltName),
    otherNames: countMembers(octets, subjectAltName, ({ tag }) => tag === otherName),
    constraints: valuesOf(nameConstraints),
    constraintOctets: sizeOf(nameConstraints),
    authorityValues: valuesOf(authorityKeyId),
    relativeNames: countMembers(octets, distributionPoints, (point) => !hasFullName(octets, point)),
    resources: valuesOf(found.addresses) + valuesOf(found.autonomousSystems),
  };
}

const typeNames = new Map(
  Object.entries(extensionTypes).map(([name, type]) => [type as string, name as keyof typeof extensionTypes]),
);
const longestType = 8;

function typeOf(octets: Uint8Array, { start, end }: Extent): keyof typeof extensionTypes | undefined {
  if (end - start > longestType) return undefined;
  return typeNames.get(Buffer.from(octets.subarray(start, end)).toString('hex'));
}

const sizeOf = (value: Extent | undefined): number => (value === undefined ? 0 : value.end - value.start);

/** Members of the list that an extension is; all values in it where it is no list. */
function countMembers(
  octets: Uint8Array,
  value: Extent | undefined,
  counts: (member: Extent) => boolean,
): number {
  if (value === undefined) return 0;
  const list = extentAt(octets, value.start, value.end);
  const members = list?.tag === 0x30 && list.end === value.end ? extentsIn(octets, list) : undefined;
  return members === undefined ? countValues(octets, value) : members.filter(counts).length;
}

/** RFC 5280 §4.2.1.13: this is the form that every authority uses, a URI among others. No name at all is as cheap. */
function hasFullName(octets: Uint8Array, point: Extent): boolean {
  const [distributionPoint] = extentsIn(octets, point, 3) ?? [];
  return distributionPoint?.tag === 0xa0 && octets[distributionPoint.start] === 0xa0;
}

/**
 * The letters and digits of ASCII in a name, as a number: whatever OpenSSL takes for the same name (any case, white space,
 * string type and order within a relative name) has the same one.
 */
function nameDigest(octets: Uint8Array, name: Extent): number | undefined {
  let digest = 0;
  const sets = extentsIn(octets, name);
  if (sets === undefined || name.tag !== 0x30) return undefined;
  for (const set of sets) {
    const attributes = extentsIn(octets, set);
    if (attributes === undefined) return undefined;
    for (const attribute of attributes) {
      const [, value, ...more] = extentsIn(octets, attribute, 3) ?? [];
      // A string may come in pieces (X.690 §8.21), and OpenSSL puts them together.
      if (value === undefined || more.length > 0 || (value.tag & 0x20) !== 0) return undefined;
      digest = (digest + textDigest(octets, value)) >>> 0;
    }
  }
  return digest;
}

/** Octets of a character: BMPString, UniversalString. */
const wideStrings: Readonly<Record<number, number>> = { 0x1e: 2, 0x1c: 4 };

/** FNV-1a. */
function textDigest(octets: Uint8Array, { tag, start, end }: Extent): number {
  const width = wideStrings[tag] ?? 1;
  let digest = 0x811c9dc5;
  for (let at = start; at < end; at += width) {
    let character = 0;
    for (let offset = 0; offset < width; offset += 1) {
      character = Math.min(character * 256 + (octets[at + offset] ?? 0), 0xff_ff);
    }
    const isUpper = character >= 0x41 && character <= 0x5a;
    const isLower = character >= 0x61 && character <= 0x7a;
    const isDigit = character >= 0x30 && character <= 0x39;
    if (isUpper || isLower || isDigit)
      digest = Math.imul(digest ^ (isUpper ? character + 32 : character), 0x01000193);
  }
  return digest >>> 0;
}
