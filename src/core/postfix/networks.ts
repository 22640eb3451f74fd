import { isIP, isIPv4 } from 'node:net';
import { addressOctets } from '../dns/address-octets.ts';
import { ipv6Text } from '../dns/ipv6-text.ts';
import { readLogicalLines } from './logical-lines.ts';
import { trim } from './blanks.ts';
import type { ImportPorts } from './ports.ts';
import { shownTable, tableOf, readMaps } from './read-maps.ts';
import { blankWords, listItems } from './words.ts';

/** A block of addresses; the bits behind the prefix are 0. */
interface Block {
  readonly bits: bigint;
  readonly prefix: number;
  readonly width: 32 | 128;
}

export interface NetworksRead {
  /** `192.0.2.0/24`, in the order in which they are written. */
  readonly networks: readonly string[];
  readonly unread: readonly { readonly about: string; readonly why: string }[];
}

/** More than any list has; what a hostile list makes of itself by exclusions ends here. */
const mostBlocks = 4096;
const mostSteps = 200_000;
const deepestFiles = 10;

/**
 * Reads a list of networks such as mynetworks: addresses, networks, files and tables of them. The first item that an
 * address is in decides: what one with `!` takes out is not in the result, even if a later one has it.
 */
export function readNetworks(value: string, ports: ImportPorts): NetworksRead {
  const reader = new NetworkReader(ports);
  reader.list(value, false, 0);
  return { networks: reader.admitted.map(blockText), unread: reader.unread };
}

class NetworkReader {
  readonly admitted: Block[] = [];
  readonly unread: { about: string; why: string }[] = [];
  readonly #excluded: Block[] = [];
  #steps = 0;
  readonly #ports: ImportPorts;

  constructor(ports: ImportPorts) {
    this.#ports = ports;
  }

  list(value: string, negated: boolean, depth: number): void {
    for (const item of listItems(value)) {
      // Postfix 3.10 takes it for a comment, and reads no further.
      if (item.startsWith('#')) {
        this.#refuse(item, 'from here on a comment, which must not stand behind a value');
        return;
      }
      const [signs = ''] = /^!*/.exec(item) ?? [];
      this.#item(item.slice(signs.length), negated !== (signs.length % 2 === 1), depth);
    }
  }

  #item(item: string, negated: boolean, depth: number): void {
    if (item.startsWith('/')) this.#file(item, negated, depth);
    else if (tableOf(item) !== undefined && isIP(item.replaceAll(/[[\]]|\/\d+$/g, '')) === 0)
      this.#table(item, negated);
    else this.#block(item, item, negated);
  }

  #file(path: string, negated: boolean, depth: number): void {
    const content = this.#ports.readFile(path);
    if ('problem' in content) return this.#refuseTaking(path, content.problem, negated);
    if (depth >= deepestFiles) return this.#refuseTaking(path, 'files within files go too deep', negated);
    for (const { text, misplaced } of readLogicalLines(content.text))
      if (!misplaced) this.list(text, negated, depth + 1);
  }

  #table(item: string, negated: boolean): void {
    const table = tableOf(item);
    if (table?.type === 'cidr') return this.#cidr(table.name, negated);
    const { entries, otherwise, unread } = readMaps(item, this.#ports);
    for (const { why } of unread) this.#refuseTaking(shownTable(item), why, negated);
    if (otherwise !== undefined) this.#refuseTaking(shownTable(item), 'it stands for every address', negated);
    for (const { key } of entries) this.#block(key, key, negated);
  }

  /** cidr_table(5): what an address is found under is not looked at. */
  #cidr(path: string, negated: boolean): void {
    const content = path.startsWith('/')
      ? this.#ports.readFile(path)
      : { problem: 'only a table with an absolute path can be read' };
    if ('problem' in content) return this.#refuseTaking(path, content.problem, negated);
    for (const { line, text, misplaced } of readLogicalLines(content.text)) {
      const [pattern = ''] = blankWords(text);
      if (misplaced) continue;
      if (/^(?:if|endif)$/i.test(pattern) || pattern.startsWith('!')) {
        this.#refuseTaking(
          `${path}:${line}`,
          'if, endif and ! have no equivalent: nothing of this file from here on',
          negated,
        );
        return;
      }
      this.#block(pattern, `${path}:${line}`, negated);
    }
  }

  #block(text: string, about: string, negated: boolean): void {
    const block = readBlock(text);
    if (block === undefined) {
      this.#refuseTaking(about, 'neither an address nor a network', negated);
      return;
    }
    if (negated) {
      this.#excluded.push(block);
      return;
    }
    const left = this.#left(block);
    if (left === undefined)
      this.#refuse(about, `there are more than ${mostBlocks} networks, or too many that ! takes out`);
    else this.admitted.push(...left);
  }

  /** What the exclusions so far leave of a block; undefined if it is too much. */
  #left(block: Block): readonly Block[] | undefined {
    let left: readonly Block[] = [block];
    for (const excluded of this.#excluded) {
      left = left.flatMap((one) => without(one, excluded));
      this.#steps += left.length + 1;
      if (this.admitted.length + left.length > mostBlocks || this.#steps > mostSteps) return undefined;
    }
    return this.admitted.length + left.length > mostBlocks ? undefined : left;
  }

  /** Whoever cannot be taken out might be let in by what follows: then nothing is. */
  #refuseTaking(about: string, why: string, negated: boolean): void {
    if (!negated) return this.#refuse(about, why);
    this.#refuse(about, `${why}. What it takes out is not known, and so no network behind it is taken over`);
    this.#excluded.push({ bits: 0n, prefix: 0, width: 32 }, { bits: 0n, prefix: 0, width: 128 });
  }

  #refuse(about: string, why: string): void {
    this.unread.push({ about, why });
  }
}

/** `192.0.2.1`, `192.0.2.0/24`, `[2001:db8::]/32`, `[2001:db8::/32]`, `2001:db8::/32`. */
export function readBlock(text: string): Block | undefined {
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]*)\]|([^/[\]]*))(?:\/(\d{1,3}))?$/.exec(
      trim(text).replace(/^\[(.*)\/(\d+)\]$/, '[$1]/$2'),
    ) ?? [];
  const address = bracketed ?? plain ?? '';
  const octets = address.includes('%') ? undefined : addressOctets(address);
  if (octets === undefined) return undefined;
  const width = isIPv4(address) ? 32 : 128;
  if (octets.length * 8 !== width) return undefined;
  const prefix = digits === undefined ? width : Number(digits);
  if (prefix > width) return undefined;
  const bits = octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
  const free = BigInt(width - prefix);
  // Postfix refuses it, too: it may stand for more than was meant.
  return (bits >> free) << free === bits ? { bits, prefix, width } : undefined;
}

/** What is left of a block without another: nothing, itself, or the halves on the way down. */
function without(block: Block, excluded: Block): readonly Block[] {
  if (block.width !== excluded.width) return [block];
  if (excluded.prefix <= block.prefix) return isWithin(block, excluded) ? [] : [block];
  if (!isWithin(excluded, block)) return [block];
  const left: Block[] = [];
  for (let prefix = block.prefix + 1; prefix <= excluded.prefix; prefix += 1) {
    const free = BigInt(block.width - prefix);
    // The half beside the one that the excluded block is in.
    left.push({ bits: ((excluded.bits >> free) ^ 1n) << free, prefix, width: block.width });
  }
  return left;
}

function isWithin(one: Block, other: Block): boolean {
  const free = BigInt(other.width - other.prefix);
  return one.bits >> free === other.bits >> free;
}

export function blockText({ bits, prefix, width }: Block): string {
  const octets = Uint8Array.from({ length: width / 8 }, (_, at) =>
    Number((bits >> BigInt(width - 8 - at * 8)) & 0xffn),
  );
  return `${width === 32 ? octets.join('.') : ipv6Text(octets)}/${prefix}`;
}
