/** RFC 5321 §5.1: lower preference first. A null MX (RFC 7505) has the exchange `.`. */
export interface MxRecord {
  readonly preference: number;
  /** In the form of `parseOwnerName`. Whether it can be the name of a host is not judged yet. */
  readonly exchange: string;
}

/** The RDATA of a TLSA record as it came (RFC 6698 §2.1), not judged yet. */
export interface TlsaRecord {
  /** 0 to 255; RFC 6698 §2.1.1. */
  readonly usage: number;
  /** 0 to 255; RFC 6698 §2.1.2. */
  readonly selector: number;
  /** 0 to 255; RFC 6698 §2.1.3. */
  readonly matching: number;
  /** Certificate association data; may be empty in a broken record. */
  readonly data: Uint8Array;
}

/** The record types that are looked up, and the form of each record. */
export interface RecordOf {
  /** Dotted quad. */
  readonly A: string;
  /** RFC 5952 text. */
  readonly AAAA: string;
  readonly MX: MxRecord;
  readonly TLSA: TlsaRecord;
  /** Target name, in the form of `parseOwnerName`, and so are the next three. */
  readonly CNAME: string;
  readonly NS: string;
  readonly SOA: string;
  readonly PTR: string;
  /** Its character-strings joined (RFC 6376 §3.6.2.2), one character per octet. */
  readonly TXT: string;
}

export type RecordType = keyof RecordOf;
