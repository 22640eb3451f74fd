import { Lines, type Line } from './lines.ts';
import type { SevenBitPlan } from './seven-bit-plan.ts';
import { base64, quotedPrintable, type TransferEncoder } from './transfer-encoding.ts';
import { Walk, type Entity } from './walk.ts';

/**
 * Writes content anew so that seven bits are enough (RFC 6152 §3), as planned when it was looked through. Parts that are
 * not encoded stay as they are, octet by octet.
 */
export class SevenBitConverter {
  readonly #plan: SevenBitPlan;
  readonly #walk = new Walk();
  readonly #lines = new Lines((line) => this.#convert(line));
  #out: (string | Buffer)[] = [];
  #encoder: { readonly ordinal: number; readonly encoder: TransferEncoder } | undefined;

  constructor(plan: SevenBitPlan) {
    this.#plan = plan;
  }

  push(chunk: Uint8Array): Buffer {
    this.#lines.push(chunk);
    return this.#take();
  }

  end(): Buffer {
    this.#lines.end();
    this.#endPart(true);
    return this.#take();
  }

  #convert(line: Line): void {
    const { entity, what } = this.#walk.at(line);
    const encoding = this.#plan.encodings.get(entity.ordinal);
    if (what === 'delimiter') this.#endPart(false);
    if (encoding === undefined || what === 'delimiter' || what === 'field') this.#copy(line);
    else if (what === 'header end') this.#out.push(this.#fieldsOf(entity, encoding), '\r\n');
    else if (what === 'body') {
      const encoder = encoding === '7bit' ? undefined : this.#encoderOf(entity, encoding);
      if (encoder === undefined) this.#copy(line);
      else this.#out.push(encoder.line(line));
    }
  }

  #fieldsOf(entity: Entity, encoding: string): string {
    const { ordinal, isMessage, hasMimeVersion } = entity;
    const charset = this.#plan.charsets.get(ordinal);
    // RFC 2045 §4, and RFC 1428 for mail that knows nothing of MIME.
    const version = isMessage && !hasMimeVersion ? 'MIME-Version: 1.0\r\n' : '';
    const type = charset === undefined ? '' : `Content-Type: text/plain; charset=${charset}\r\n`;
    return `${version}${type}Content-Transfer-Encoding: ${encoding}\r\n`;
  }

  #encoderOf({ ordinal }: Entity, encoding: 'quoted-printable' | 'base64'): TransferEncoder {
    if (this.#encoder?.ordinal !== ordinal)
      this.#encoder = { ordinal, encoder: encoding === 'base64' ? base64() : quotedPrintable() };
    return this.#encoder.encoder;
  }

  #endPart(lineBreak: boolean): void {
    if (this.#encoder !== undefined) this.#out.push(this.#encoder.encoder.end(lineBreak));
    this.#encoder = undefined;
  }

  #copy({ octets, ends }: Line): void {
    this.#out.push(octets);
    if (ends) this.#out.push('\r\n');
  }

  #take(): Buffer {
    const out = this.#out;
    this.#out = [];
    return Buffer.concat(out.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  }
}
