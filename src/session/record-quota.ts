/**
 * Records of TLS that a server may send before it has answered, the handshake included. Each costs some microseconds
 * however little is in it, and one that asks for new keys (RFC 8446 §4.6.3) twenty. A chain of certificates takes a dozen.
 */
export const mostRecords = 1_000;

const headerBytes = 5;

/** Ended the connection: the server said what nobody should have to listen to. */
export class Refused extends Error {}

/** What a server has said of late in records of TLS. */
export interface RecordQuota {
  /** Counts the records in what has come, in whatever pieces it comes. */
  refusal(octets: Uint8Array): Refused | undefined;
  /** The server has answered: it may say as much again. */
  renew(): void;
}

export function recordQuota(): RecordQuota {
  let records = 0;
  /** Octets of a header so far, and of the record behind it that are still to come. */
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
