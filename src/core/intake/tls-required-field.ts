/** What a message says of TLS in its header (RFC 8689 §3). */
export type TlsRequired =
  | 'nothing'
  /** `TLS-Required: No` */
  | 'no'
  /** The field stands there twice, or says something else: it counts for nothing. */
  | 'twice'
  | 'unknown value';

export const tlsRequiredName = 'tls-required';

/** The only value is shorter. What is longer is another one, and not looked at. */
const longestField = 200;
/** Around it the blanks of RFC 5322, and no others. */
const no = /^[ \t\r\n]*no[ \t\r\n]*$/i;

/** Reads `TLS-Required` as the header of a message goes by. */
export class TlsRequiredField {
  #fields = 0;
  #text = '';

  /** Takes a line of a field of this name, or a part of one. @param begins the field begins with it */
  take(octets: Buffer, begins: boolean, start: number, end: number): void {
    if (begins) this.#fields += 1;
    if (this.#fields > 1) return;
    const room = longestField - this.#text.length;
    if (room > 0) this.#text += octets.toString('latin1', start, Math.min(end, start + room));
  }

  /** It is right once the header has ended. */
  get said(): TlsRequired {
    if (this.#fields === 0) return 'nothing';
    if (this.#fields > 1) return 'twice';
    const value = this.#text.slice(this.#text.indexOf(':') + 1);
    return this.#text.length < longestField && no.test(value) ? 'no' : 'unknown value';
  }
}
