/** RFC 1035 §3.1: 255 octets on the wire are 253 characters of text without the final dot. */
const maxNameLength = 253;
/** RFC 1035 §2.3.4: a name with the length octets of its labels and of the root. */
const maxWireOctets = 255;
const maxLabelOctets = 63;

/** RFC 5321 §4.1.2 `sub-domain`, and the underscore of service labels (RFC 6698 §3). RFC 1035 §3.1: 63 octets. */
const hostLabel = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads the name of a host or a mail domain: lower case, without the final dot. Anything but letters, digits, hyphens
 * inside a label and underscores is refused (`undefined`), and so are the root and an internationalised name that is
 * not yet in its A-label form.
 */
export function parseDomainName(text: string): string | undefined {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  if (bare.length === 0 || bare.length > maxNameLength) return undefined;
  const name = bare.toLowerCase();
  // Some letters outside ASCII become ASCII in lower case (U+212A KELVIN SIGN is `k`), and none of them may.
  if (name !== bare && !/^[A-Za-z0-9_.-]+$/.test(bare)) return undefined;
  return name.split('.').every((part) => hostLabel.test(part)) ? name : undefined;
}

/** Whether a name found in the DNS can be that of a host. A broken IPv4 address cannot. */
export function isHostName(name: string): boolean {
  return parseDomainName(name) === name && !/(?:^|\.)\d+$/.test(name);
}

/** An octet of a label as text: `\DDD` unless it shows by itself and means nothing to whoever reads a line of the log. */
const octetTexts = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet).toLowerCase();
  const plain = octet < 128 && /^[a-z0-9_*/:-]$/.test(character);
  return plain ? character : `\\${String(octet).padStart(3, '0')}`;
});

/** Labels that stand for themselves, as nearly all do. A name of these that is no longer than 253 fits into a query. */
const plainLabel = /^[a-z0-9_-]+$/;
const plainName = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/**
 * The octets of a label in the one text that stands for them here. RFC 2181 §11: they may be any. Letters of ASCII are
 * in lower case (RFC 4343 §3), so two labels are the same if their texts are, and a dot is `\046`: one in a name is always
 * the border between two labels.
 */
export function labelText(octets: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = octets;
  const plain = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  if (plainLabel.test(plain)) return plain;
  let text = '';
  for (const octet of octets) text += octetTexts[octet] ?? '';
  return text;
}

/** Characters that stand for themselves, and escapes of octets. */
const ownerLabel = /^(?:[a-z0-9_*/:-]|\\(?:[01]\d\d|2[0-4]\d|25[0-5]))+$/i;

/**
 * Reads a name of the DNS: labels as `labelText` writes them, with dots in between; `.` for the root. It refuses what a
 * query cannot hold: other characters, empty labels, labels of more than 63 octets, names of more than 255.
 */
export function parseOwnerName(text: string): string | undefined {
  if (text === '.') return text;
  if (text.length <= maxNameLength && plainName.test(text)) return text;
  if (text.length > 4 * maxWireOctets) return undefined;
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.');
  if (!labels.every((label) => ownerLabel.test(label))) return undefined;
  const octets = labels.map(labelOctets);
  if (octets.some(({ length }) => length > maxLabelOctets)) return undefined;
  const onTheWire = octets.reduce((sum, { length }) => sum + 1 + length, 1);
  return onTheWire > maxWireOctets ? undefined : octets.map(labelText).join('.');
}

/** The wire form (RFC 1035 §3.1) of a name in the form of `parseOwnerName`. */
export function wireName(name: string): Uint8Array {
  if (name !== '.' && !name.includes('\\')) return wireOfPlain(name);
  const labels = name === '.' ? [] : name.split('.').map(labelOctets);
  return Uint8Array.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0]);
}

/** Without escapes: each dot becomes the length of the label behind it. */
function wireOfPlain(name: string): Uint8Array {
  const wire = Buffer.alloc(name.length + 2);
  wire.write(name, 1, 'latin1');
  for (let at = 0; at <= name.length;) {
    const dot = name.indexOf('.', at);
    const end = dot === -1 ? name.length : dot;
    wire[at] = end - at;
    at = end + 1;
  }
  return wire;
}

function labelOctets(label: string): Uint8Array {
  const characters = label.match(/\\\d{3}|[^\\]/g) ?? [];
  return Uint8Array.from(characters, (one) => (one.length > 1 ? Number(one.slice(1)) : one.charCodeAt(0)));
}

/** Whether `name` is `ancestor` or lies below it; both in the form of `parseOwnerName`. */
export function isAtOrBelow(name: string, ancestor: string): boolean {
  return ancestor === '.' || name === ancestor || name.endsWith(`.${ancestor}`);
}

/**
 * RFC 6672 §2.2: the name that a DNAME at `owner` makes of a `name` below it; `undefined` if the DNAME does not apply
 * (as to its own owner) or the result is too long.
 */
export function substituteDname(name: string, owner: string, target: string): string | undefined {
  if (name === owner || !isAtOrBelow(name, owner)) return undefined;
  const prefix = owner === '.' ? name : name.slice(0, -owner.length - 1);
  return parseOwnerName(target === '.' ? prefix : `${prefix}.${target}`);
}
