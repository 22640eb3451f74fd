/** The public half of a key, as DKIM publishes it (RFC 6376 §3.6.1, RFC 8463 §3). */
export interface PublicKey {
  /** k= */
  readonly type: 'rsa' | 'ed25519';
  /** What p= may hold; the first one is what is published. RSA: SubjectPublicKeyInfo, and RSAPublicKey as the RFC has it. */
  readonly forms: readonly Uint8Array[];
}

/** Octets of one character-string (RFC 1035 §3.3). */
const stringOctets = 255;

/** RFC 6376 §3.6.2.1 */
export function recordName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

export function recordText({ type, forms: [form = new Uint8Array()] }: PublicKey): string {
  return `v=DKIM1; k=${type}; p=${Buffer.from(form).toString('base64')}`;
}

/** A record as it stands in the file of a zone, in character-strings that are not too long. */
export function zoneLines(name: string, text: string): readonly string[] {
  const strings: string[] = [];
  for (let at = 0; at < text.length; at += stringOctets)
    strings.push(`"${text.slice(at, at + stringOctets)}"`);
  if (strings.length === 1) return [`${name}. IN TXT ${strings.join('')}`];
  return [`${name}. IN TXT (`, ...strings.map((string) => `    ${string}`), ')'];
}

/** What a lookup for the record of a key came to. */
export type RecordState =
  | 'published'
  | 'missing'
  /** RFC 6376 §3.6.2.2: what verifiers do then is undefined. */
  | 'several'
  | 'other key'
  | 'other type'
  /** p= is empty. */
  | 'revoked'
  /** t=y: signatures count for nothing. */
  | 'testing'
  /** h= or s= leaves out what our signatures are. */
  | 'restricted'
  | 'unreadable';

/** Holds the TXT records of a name, each with its strings joined, against the key that ought to be there. */
export function judgeRecords(texts: readonly string[], key: PublicKey): RecordState {
  if (texts.length === 0) return 'missing';
  if (texts.length > 1) return 'several';
  const tags = readTags(texts[0] ?? '');
  if (tags === undefined || (tags.get('v') ?? 'DKIM1') !== 'DKIM1') return 'unreadable';
  const data = tags.get('p');
  if (data === undefined) return 'unreadable';
  const base64 = data.replaceAll(/\s/g, '');
  if (base64 === '') return 'revoked';
  if ((tags.get('k') ?? 'rsa') !== key.type) return 'other type';
  if (!key.forms.some((form) => Buffer.from(form).toString('base64') === base64)) return 'other key';
  if (!wordsOf(tags.get('h') ?? 'sha256').includes('sha256')) return 'restricted';
  if (!wordsOf(tags.get('s') ?? '*').some((word) => word === '*' || word === 'email')) return 'restricted';
  return wordsOf(tags.get('t') ?? '').includes('y') ? 'testing' : 'published';
}

function wordsOf(value: string): readonly string[] {
  return value.split(':').map((word) => word.trim());
}

/** RFC 6376 §3.2. Undefined if it is no list of tags, or has one twice, or has v= and not first (§3.6.1). */
function readTags(text: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  const parts = text.split(';');
  if (parts.at(-1)?.trim() === '') parts.pop();
  for (const part of parts) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (at === -1 || !/^[a-z]\w*$/i.test(name) || tags.has(name)) return undefined;
    if (name === 'v' && tags.size > 0) return undefined;
    tags.set(name, part.slice(at + 1).trim());
  }
  return tags;
}
