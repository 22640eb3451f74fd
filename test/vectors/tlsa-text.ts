import { createHash } from 'node:crypto';
import type { Certificates } from './certificates.ts';

const grammar =
  /^(?<usage>\d+) (?<selector>\d+) (?<matching>\d+) (?:of (?<name>\S+)(?: from (?<from>\d \d))?(?<change>(?: flip| extra octet| truncate \d+)?)|hex(?<hex>(?: [0-9A-F]+)?))$/;

/**
 * RDATA of a TLSA record from its symbolic text: `3 1 1 of leaf`, `3 1 1 of leaf truncate 31`,
 * `3 9 1 of leaf from 0 1`, `3 1 0 hex DEADBEEF`, `rdata hex 03`. The data of a certificate is what the selector and
 * the matching type say, or those after `from` where the record has some that say nothing.
 */
export function tlsaRdata(text: string, certificates: Certificates): Buffer {
  const bare = /^rdata hex ?(?<hex>[0-9A-F]*)$/.exec(text)?.groups;
  if (bare !== undefined) return Buffer.from(bare['hex'] ?? '', 'hex');
  const groups = grammar.exec(text)?.groups;
  if (groups === undefined) throw new Error(`not a TLSA record: ${text}`);
  const { usage, selector, matching, name, from, change = '', hex = '' } = groups;
  const head = Buffer.from([usage, selector, matching].map(Number));
  if (name === undefined) return Buffer.concat([head, Buffer.from(hex.trim(), 'hex')]);
  const [selected = 0, digested = 0] = (from ?? `${selector} ${matching}`).split(' ').map(Number);
  return Buffer.concat([
    head,
    changed(associationData(certificates(name), selected, digested), change.trim()),
  ]);
}

function associationData(
  { der, spki }: ReturnType<Certificates>,
  selector: number,
  matching: number,
): Buffer {
  if (selector > 1 || matching > 2) throw new Error(`no data for ${selector} ${matching} without "from"`);
  const selected = selector === 1 ? spki : der;
  if (matching === 0) return selected;
  return createHash(matching === 1 ? 'sha256' : 'sha512')
    .update(selected)
    .digest();
}

function changed(data: Buffer, change: string): Buffer {
  if (change === 'extra octet') return Buffer.concat([data, Buffer.from([0])]);
  if (change.startsWith('truncate ')) return data.subarray(0, Number(change.slice(9)));
  if (change !== 'flip') return data;
  // The last octet: the head of a full certificate stays readable.
  const flipped = Buffer.from(data);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  return flipped;
}
