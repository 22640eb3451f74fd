import type { TlsaRecord } from '../dns/record.ts';
import type { Certificate } from './certificate.ts';

/** Certificates from the leaf up to the trust anchor, each signed by the next; nothing else about them is checked. */
export interface Path {
  readonly kind: 'path';
  readonly certificates: readonly Certificate[];
  /** The DANE-TA record that makes the anchor one. */
  readonly record: TlsaRecord;
  /** The anchor is the bare key of a `2 1 0` record, which signed the last certificate (RFC 7671 §5.2.3). */
  readonly byKey: boolean;
}
