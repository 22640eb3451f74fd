/**
 * TLS records that a server may send before it has answered, the handshake included. Each costs some microseconds,
 * however small it is, and one that asks for new keys (RFC 8446 §4.6.3) costs twenty. A certificate chain needs a dozen
 * records.
 */
export const mostRecords = 1_000;

const headerBytes = 5;

/** The error that ends a connection when the server has sent too many records. */
export class Refused extends Error {}

/** Counts the TLS records that a server sends without an answer in between. */
export interface RecordQuota {
  /** Counts the records in octets that arrive in any pieces. */
  refusal(octets: Uint8Array): Refused | undefined;
  /** The server has answered, so counting begins again. */
  renew(): void;
}

export function recordQuota(): RecordQuota {
  let records = 0;
  /** Octets of a header so far, and octets of its record that are still to come. */
  let ofHeader = 0;
  let length = 0;
  let left = 0;

  return {
    refusal(octets) {
      for (let at = 0; at < octets.length;) {
        if (left > 0) {
          const skipped = Math.min(left, octets.length - at);
          left -= skipped;
          at += skipped;
          continue;
        }
        // RFC 8446 §5.1: type, version, and two octets of length.
        length = (length << 8) | (octets[at] ?? 0);
        ofHeader += 1;
        at += 1;
        if (ofHeader < headerBytes) continue;
        left = length & 0xffff;
        ofHeader = 0;
        records += 1;
        if (records > mostRecords) return new Refused(`more than ${mostRecords} records of TLS and no reply`);
      }
      return undefined;
    },
    renew() {
      records = 0;
    },
  };
}
