import { isSameKey, keyTag, parseDnskey, rootKeyDigest } from './dnskey.ts';
import type { Dnskey } from './dnskey.ts';

/** A trust anchor: a DNSKEY or DS record on one line, as unbound.conf(5) has it after `trust-anchor:`. */
export type AnchorLine = string;

/**
 * The trust anchors in the text of a zone file: comments, parentheses and a missing owner are what a zone file may have
 * (RFC 1035 §5.1). Their content is not checked.
 */
export function anchorLines(text: string): readonly AnchorLine[] {
  const lines: AnchorLine[] = [];
  let owner = '.';
  for (const entry of entriesOf(text)) {
    // An entry that begins with a space belongs to the owner before it.
    owner = /^[^\s$]\S*/.exec(entry)?.[0] ?? owner;
    // After the owner, which may be empty, TTL and class come in either order, or not at all.
    const [, ...words] = entry.split(/\s+/);
    const place = words.findIndex((word) => !/^(?:\d+|IN)$/i.test(word));
    const kind = words[place]?.toUpperCase() ?? '';
    const rdata = words.slice(place + 1);
    if (!/^(?:DS|DNSKEY)$/.test(kind) || rdata.length === 0 || /["\\]/.test(rdata.join(''))) continue;
    lines.push([owner, 'IN', kind, ...rdata].join(' '));
  }
  return lines;
}

/** Without comments, and on one line each. */
function entriesOf(text: string): string[] {
  const entries: string[] = [];
  let entry = '';
  let depth = 0;
  for (const line of text.split(/\r?\n/)) {
    const [content = ''] = line.split(';', 1);
    depth += content.split('(').length - content.split(')').length;
    entry += content.replace(/[()]/g, ' ');
    if (depth > 0) continue;
    if (entry.trim() !== '') entries.push(entry.trimEnd());
    entry = '';
  }
  return entries;
}

/** `. IN DNSKEY 257 3 8 AwEAA...` */
export function rootAnchorLine({ flags, algorithm, publicKey }: Dnskey): AnchorLine {
  return `. IN DNSKEY ${flags} 3 ${algorithm} ${Buffer.from(publicKey).toString('base64')}`;
}

/** The key that such a line gives to the root; `undefined` for other lines. */
export function rootAnchorKey(line: AnchorLine): Dnskey | undefined {
  const [, flags = '', protocol = '', algorithm = '', key = ''] =
    /^\. IN DNSKEY (\d{1,5}) (\d{1,3}) (\d{1,3}) (\S.*)$/i.exec(line) ?? [];
  const head = Buffer.from([Number(flags) >> 8, Number(flags) & 255, Number(protocol), Number(algorithm)]);
  return parseDnskey(Buffer.concat([head, Buffer.from(key, 'base64')]));
}

/** The tags of the root's keys in such lines. */
export function anchorTags(lines: readonly AnchorLine[]): readonly number[] {
  return lines.flatMap((line) => {
    const key = rootAnchorKey(line);
    const tag = /^\. IN DS (\d{1,5}) /i.exec(line)?.[1];
    return key === undefined ? (tag === undefined ? [] : [Number(tag)]) : [keyTag(key.rdata)];
  });
}

/** Whether any of the lines is about the root. */
export function anchorsRoot(lines: readonly AnchorLine[]): boolean {
  return lines.some((line) => line.startsWith('. '));
}

/** Whether one of the lines is an anchor for this key of the root. */
export function isAnchored(key: Dnskey, lines: readonly AnchorLine[]): boolean {
  return lines.some((line) => {
    const anchor = rootAnchorKey(line);
    return anchor === undefined ? isDigestOf(key, line) : isSameKey(anchor, key);
  });
}

function isDigestOf(key: Dnskey, line: AnchorLine): boolean {
  const [, tag, algorithm, digestType, digest = ''] =
    /^\. IN DS (\d{1,5}) (\d{1,3}) (\d{1,3}) (\S.*)$/i.exec(line) ?? [];
  if (Number(tag) !== keyTag(key.rdata) || Number(algorithm) !== key.algorithm) return false;
  return rootKeyDigest(key, Number(digestType))?.toString('hex') === digest.replace(/\s/g, '').toLowerCase();
}
