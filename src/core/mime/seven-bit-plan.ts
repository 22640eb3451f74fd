import { Lines, type Line } from './lines.ts';
import { Walk, type Entity } from './walk.ts';

/** Content-Transfer-Encoding that an entity is to get. */
export type NewEncoding = 'quoted-printable' | 'base64' | '7bit';

/** What stands between content and a server that takes seven bits. */
export interface SevenBitPlan {
  /** New encodings, by the ordinal of the entity; empty where the content can go as it is. */
  readonly encodings: ReadonlyMap<number, NewEncoding>;
  /** For entities that are encoded and say nothing of their type, by ordinal. */
  readonly charsets: ReadonlyMap<number, 'utf-8' | 'unknown-8bit'>;
  /** Why the content cannot be converted; absent where it can or need not. */
  readonly obstacle?: string;
  /** A header, of the message or of a part, has characters outside ASCII. */
  readonly internationalHeader: boolean;
}

type Decoder = ReturnType<typeof strictDecoder>;

interface Tally {
  readonly entity: Entity;
  octets: number;
  eightBit: number;
  /** Of a part without a type: whether it is UTF-8 so far. */
  decoder: Decoder | undefined;
}

/** Looks through content for what a server without 8BITMIME or SMTPUTF8 must not be sent. */
export class SevenBitScan {
  readonly #walk = new Walk();
  readonly #lines = new Lines((line) => this.#look(line));
  readonly #tallies = new Map<number, Tally>();
  #internationalHeader = false;

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): SevenBitPlan {
    this.#lines.end();
    const encodings = new Map<number, NewEncoding>();
    const charsets = new Map<number, 'utf-8' | 'unknown-8bit'>();
    let obstacle = this.#walk.lost ? 'has too many parts' : undefined;
    for (const { entity, octets, eightBit, decoder } of this.#tallies.values()) {
      if (eightBit === 0) continue;
      obstacle ??= obstacleIn(entity);
      // Quoted-printable takes three octets for one, base64 four for three; the first can be read by people.
      encodings.set(entity.ordinal, eightBit * 6 > octets ? 'base64' : 'quoted-printable');
      if (entity.type === undefined)
        charsets.set(entity.ordinal, decoder === undefined ? 'unknown-8bit' : 'utf-8');
      // RFC 2045 §6.4: what holds the part says how many bits there are in all of it.
      for (let outer = entity.parent; outer !== undefined; outer = outer.parent)
        if (outer.encoding !== undefined) encodings.set(outer.ordinal, '7bit');
    }
    const plan = { encodings, charsets, internationalHeader: this.#internationalHeader };
    return encodings.size === 0 || obstacle === undefined ? plan : { ...plan, obstacle };
  }

  #look(line: Line): void {
    const { entity, what } = this.#walk.at(line);
    if (what === 'delimiter' || what === 'header end') return;
    const eightBit = countEightBit(line.octets);
    if (what !== 'body') {
      // No MIME encoding is for headers: they go as they are, or with SMTPUTF8.
      this.#internationalHeader ||= eightBit > 0;
      return;
    }
    const tally = this.#tallyOf(entity);
    tally.octets += line.octets.length + 2;
    tally.eightBit += eightBit;
    if (eightBit > 0 && tally.decoder !== undefined && !isUtf8(tally.decoder, line))
      tally.decoder = undefined;
  }

  #tallyOf(entity: Entity): Tally {
    const known = this.#tallies.get(entity.ordinal);
    if (known !== undefined) return known;
    const decoder = entity.type === undefined ? strictDecoder() : undefined;
    const tally = { entity, octets: 0, eightBit: 0, decoder };
    this.#tallies.set(entity.ordinal, tally);
    return tally;
  }
}

/** RFC 2045 §6.2, §6.4 and RFC 1847 §2.1 leave these as they are. */
function obstacleIn({ kind, type, signed, encoding = '7bit' }: Entity): string | undefined {
  if (signed) return 'has a signed part';
  if (kind === 'multipart') return 'has octets outside of its parts';
  if (kind !== 'leaf') return `has a part of type ${type ?? 'unknown'}`;
  if (!['7bit', '8bit', 'binary'].includes(encoding)) return `has a part that is encoded already`;
  return undefined;
}

function countEightBit(octets: Buffer): number {
  let count = 0;
  for (const octet of octets) if (octet > 0x7f) count += 1;
  return count;
}

function strictDecoder() {
  return new TextDecoder('utf-8', { fatal: true });
}

function isUtf8(decoder: Decoder, { octets, ends }: Line): boolean {
  try {
    decoder.decode(octets, { stream: !ends });
    return true;
  } catch {
    return false;
  }
}
