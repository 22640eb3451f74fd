import { relaxedField } from './relaxed-field.ts';

/** RFC 8301 §3.1 and RFC 8463 §3 leave these two. */
export type SigningAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

/** Which fields a signature covers. */
export interface HeaderChoice {
  /** Names as the signature is to show them. Every field of these names is signed. */
  readonly sign: readonly string[];
  /** In lower case: signed once more than there are such fields, so that nobody can add one (RFC 6376 §5.4, §8.15). */
  readonly oversign: ReadonlySet<string>;
}

/** What a signature says of itself. */
export interface SignatureFacts {
  readonly algorithm: SigningAlgorithm;
  /**
   * In A-labels. In an internationalized message RFC 8616 §5 would rather have U-labels, which many verifiers cannot read;
   * A-labels all can.
   */
  readonly domain: string;
  readonly selector: string;
  /** Seconds since 1970. */
  readonly signedAt: number;
  /** The same; absent: it does not expire. */
  readonly expiresAt?: number;
}

/** The fields of a message that are signed: h= and what is hashed for it. */
export interface CoveredHeader {
  readonly names: readonly string[];
  /** In their relaxed form, in the order of `names`, each with its CRLF; one character per octet. */
  readonly text: string;
}

/** RFC 6376 §5.4.2: fields of one name are taken from the bottom; one that is not there counts as nothing. */
export function coverHeader(
  { sign, oversign }: HeaderChoice,
  fieldsOf: (name: string) => readonly string[],
): CoveredHeader {
  const names: string[] = [];
  const lines: string[] = [];
  for (const name of sign) {
    const fields = fieldsOf(name.toLowerCase());
    for (const field of fields.toReversed()) lines.push(`${field}\r\n`);
    const times = fields.length + (oversign.has(name.toLowerCase()) ? 1 : 0);
    for (let count = 0; count < times; count += 1) names.push(name);
  }
  return { names, text: lines.join('') };
}

/** A DKIM-Signature field without CRLF at its end, and without a value of b= yet. */
export function unsignedField(facts: SignatureFacts, names: readonly string[], bodyHash: string): string {
  const { algorithm, domain, selector, signedAt, expiresAt } = facts;
  const tags = [
    'v=1;',
    `a=${algorithm};`,
    'c=relaxed/relaxed;',
    `d=${domain};`,
    `s=${selector};`,
    `t=${signedAt};`,
    ...(expiresAt === undefined ? [] : [`x=${expiresAt};`]),
  ];
  const covered = names.map((name, index) => `${index === 0 ? 'h=' : ':'}${name}`);
  const lines = [...folded(tags, ' '), ...folded([...covered.slice(0, -1), `${covered.at(-1)};`], '')];
  return ['DKIM-Signature: ' + lines.join('\r\n\t'), `bh=${bodyHash};`, 'b='].join('\r\n\t');
}

/** What the key signs (RFC 6376 §3.7), one character per octet: the fields, and the signature without its b=. */
export function signedText(covered: CoveredHeader, field: string): string {
  const body = field.slice(field.indexOf(':') + 1).replaceAll('\r\n', '');
  return covered.text + relaxedField('DKIM-Signature', body);
}

/** The field with its signature, folded, and CRLF. */
export function completeField(field: string, signature: Uint8Array): string {
  const base64 = Buffer.from(signature).toString('base64');
  const lines = base64.match(/.{1,72}/g) ?? [];
  return `${field}${lines.join('\r\n\t ')}\r\n`;
}

const foldAt = 72;

/** Puts words on lines of a length that everybody likes. */
function folded(words: readonly string[], between: string): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + between.length <= foldAt)
      lines[lines.length - 1] = `${last}${between}${word}`;
    else lines.push(word);
  }
  return lines;
}
