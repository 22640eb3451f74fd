import { relaxedField } from './relaxed-field.ts';

const lf = 0x0a;
const colon = 0x3a;
const cr = 0x0d;
const space = 0x20;
const tab = 0x09;

/** Octets of fields that are kept for a signature; nobody verifies more than that either. */
const mostKept = 128 * 1024;

/** Reads the header of a message as it comes, and keeps the fields that are to be signed. Lines have a bounded length. */
export class SignedHeader {
  readonly #wanted: ReadonlySet<string>;
  readonly #fields = new Map<string, string[]>();
  /** The field being read, if it is wanted. */
  #open: { readonly name: string; readonly lines: string[] } | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #kept = 0;
  #ended = false;

  /** @param wanted names of fields, in lower case */
  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** There was more to keep than is kept. */
  get tooLarge(): boolean {
    return this.#kept > mostKept;
  }

  /** Fields of this name (in lower case) in their relaxed form, from the top. They are right once the header has ended. */
  of(name: string): readonly string[] {
    return this.#fields.get(name) ?? [];
  }

  /** Takes octets, and returns those of the body among them. */
  push(octets: Buffer): Buffer {
    if (this.#ended) return octets;
    const data = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets]);
    this.#rest = Buffer.alloc(0);
    let from = 0;
    for (let end = data.indexOf(lf); end !== -1; end = data.indexOf(lf, from)) {
      const line = data.subarray(from, end > from && data[end - 1] === cr ? end - 1 : end);
      from = end + 1;
      if (line.length === 0) {
        this.end();
        return data.subarray(from);
      }
      this.#take(line);
    }
    this.#rest = Buffer.from(data.subarray(from));
    return Buffer.alloc(0);
  }

  /** The header has ended, with an empty line or with the message. */
  end(): void {
    if (this.#rest.length > 0) this.#take(this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#close();
    this.#ended = true;
  }

  #take(line: Buffer): void {
    const isFolded = isBlank(line[0]);
    if (!isFolded) {
      this.#close();
      const name = nameOf(line);
      if (this.#wanted.has(name)) this.#open = { name, lines: [] };
    }
    if (this.#open === undefined) return;
    this.#kept += line.length;
    if (this.tooLarge) this.#fields.clear();
    else this.#open.lines.push(line.toString('latin1', isFolded ? 0 : line.indexOf(colon) + 1));
  }

  #close(): void {
    if (this.#open === undefined || this.tooLarge) return;
    const { name, lines } = this.#open;
    const field = relaxedField(name, lines.join(''));
    const same = this.#fields.get(name);
    if (same === undefined) this.#fields.set(name, [field]);
    else same.push(field);
    this.#open = undefined;
  }
}

/** In lower case; empty if the line begins no field. RFC 6376 §3.4.2: white space before the colon does not count. */
function nameOf(line: Buffer): string {
  let end = Math.max(line.indexOf(colon), 0);
  while (end > 0 && isBlank(line[end - 1])) end -= 1;
  return line.toString('latin1', 0, end).toLowerCase();
}

function isBlank(octet: number | undefined): boolean {
  return octet === space || octet === tab;
}
