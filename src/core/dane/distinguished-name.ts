import { derTags, membersOf, readObjectIdentifier } from './der.ts';
import type { DerValue } from './der.ts';

/** A Name of RFC 5280 §4.1.2.4. */
export interface DistinguishedName {
  /**
   * One text for each relative name, most significant first. Two are equal exactly if the relative names match (RFC
   * 5280 §7.1): case, the amount of white space, and the string type do not count.
   */
  readonly relativeNames: readonly string[];
  /** Every commonName, as written. */
  readonly commonNames: readonly string[];
  /** Every emailAddress attribute. */
  readonly emailAddresses: readonly string[];
  /** For the log, as OpenSSL shows a name: `/O=Example/CN=Example Root`. Printable, and of bounded length. */
  readonly text: string;
}

interface Attribute {
  readonly type: string;
  readonly text: string | undefined;
  readonly comparable: string;
}

const commonName = '2.5.4.3';
const emailAddress = '1.2.840.113549.1.9.1';

const shortNames: ReadonlyMap<string, string> = new Map([
  [commonName, 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  [emailAddress, 'emailAddress'],
]);

/** A certificate may hold any amount of text, and a remote host chooses it. */
const shownCharacters = 200;

/** Undefined if this is no Name. */
export function readName(value: DerValue | undefined): DistinguishedName | undefined {
  const sets = membersOf(value);
  if (sets === undefined) return undefined;
  const attributes: Attribute[] = [];
  const relativeNames: string[] = [];
  for (const set of sets) {
    const members = membersOf(set, derTags.set)?.map(readAttribute);
    if (members === undefined || members.length === 0) return undefined;
    const read = members.filter((member) => member !== undefined);
    if (read.length < members.length) return undefined;
    attributes.push(...read);
    const comparables = read.map(({ comparable }) => comparable);
    relativeNames.push(JSON.stringify(comparables.length > 1 ? comparables.sort() : comparables));
  }
  const textsOf = (wanted: string): string[] =>
    attributes.flatMap(({ type, text }) => (type === wanted && text !== undefined ? [text] : []));
  return {
    relativeNames,
    commonNames: textsOf(commonName),
    emailAddresses: textsOf(emailAddress),
    // Each takes two characters or more.
    text: attributes.slice(0, shownCharacters).map(shown).join('').slice(0, shownCharacters),
  };
}

function shown({ type, text }: Attribute): string {
  const value = text?.replace(/[^\x20-\x7e]/gu, '?') ?? '?';
  return `/${shortNames.get(type) ?? type}=${value}`;
}

/** A key under which equal names, and only those, meet in a Map. */
export function nameKey(name: DistinguishedName): string {
  return name.relativeNames.join('\n');
}

function readAttribute(value: DerValue): Attribute | undefined {
  const [typeValue, content, ...more] = membersOf(value) ?? [];
  const type = readObjectIdentifier(typeValue);
  if (type === undefined || content === undefined || more.length > 0) return undefined;
  const text = readString(content);
  const comparable =
    text === undefined ? `${type}#${Buffer.from(content.encoding).toString('hex')}` : `${type}=${fold(text)}`;
  return { type, text, comparable };
}

function fold(text: string): string {
  return text
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}

/** Text of a character string; undefined for other types and for broken UTF-8. */
function readString(value: DerValue): string | undefined {
  switch (value.tag) {
    case derTags.utf8String: {
      const text = Buffer.from(value.content).toString('utf8');
      return text.includes('\uFFFD') ? undefined : text;
    }
    // NumericString, PrintableString, TeletexString (read as ISO 8859-1), IA5String, VisibleString
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x16:
    case 0x1a:
      return value.latin1();
    // BMPString is big-endian.
    case 0x1e: {
      const octets = Buffer.from(value.content);
      return octets.length % 2 === 0 ? octets.swap16().toString('utf16le') : undefined;
    }
    default:
      return undefined;
  }
}
