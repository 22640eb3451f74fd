import { parseCertificate } from '../dane/certificate.ts';
import type { Selectable } from '../dane/association-data.ts';
import { certificateWithKey } from '../dane/make-record.ts';
import { soundKey } from '../dane/strength.ts';
import { matchings, selectors, strongestDigests, usages } from '../dane/tlsa.ts';
import { makeRecord, isSameRecord } from '../dane/make-record.ts';
import { verifyDane } from '../dane/verify.ts';
import type { TlsaRecord } from '../dns/record.ts';

/** What a server shows in a handshake, or is going to show: certificates, or a key of which there is none yet. */
export interface Shown {
  /** DER as sent, the server's own first; empty where only its key is known. */
  readonly chain: readonly Uint8Array[];
  /** The server's own: certificate and key, or the key alone. */
  readonly own: Selectable;
}

export function shownChain(chain: readonly [Uint8Array, ...Uint8Array[]]): Shown {
  return { chain, own: certificateWithKey(chain[0]) };
}

/** @param publicKey subjectPublicKeyInfo */
export function shownKey(publicKey: Uint8Array): Shown {
  return { chain: [], own: { publicKey } };
}

/** `unknown`: nobody can tell from a key alone. */
export type Fit = 'matches' | 'does not match' | 'unknown';

/**
 * Whether a sender that knows these records takes a server that shows this for `host`: the judgement of a delivery.
 *
 * @param usable records of one name (`screen`)
 * @param nowMs epoch milliseconds
 */
export function fits(shown: Shown, usable: readonly TlsaRecord[], host: string, nowMs: number): Fit {
  if (shown.chain.length > 0) {
    return verifyDane(shown.chain, usable, [host], nowMs).kind === 'matched' ? 'matches' : 'does not match';
  }
  // As for certificates: a key that proves nothing matches nothing.
  if (shown.own.publicKey === undefined || soundKey(shown.own.publicKey) === undefined)
    return 'does not match';
  const counting = strongestDigests(usable);
  if (counting.some((record) => isOfKey(record, shown.own))) return 'matches';
  // A certificate of this key may match the others.
  const open = counting.some(
    ({ usage, selector }) => usage !== usages.daneEe || selector !== selectors.publicKey,
  );
  return open ? 'unknown' : 'does not match';
}

function isOfKey(record: TlsaRecord, own: Selectable): boolean {
  if (record.usage !== usages.daneEe || record.selector !== selectors.publicKey) return false;
  const made = makeRecord(record, own);
  return made !== undefined && isSameRecord(made, record);
}

/** `/CN=mx.example.org`, printable; what it is called where it cannot be read. */
export function subjectOf(der: Uint8Array): string {
  return parseCertificate(der)?.subject.text ?? 'a certificate that cannot be read';
}

/** SHA-256 of the subjectPublicKeyInfo, as record `3 1 1` has it. */
export function keyDigest({ own }: Shown): Uint8Array | undefined {
  const parameters = { usage: usages.daneEe, selector: selectors.publicKey, matching: matchings.sha256 };
  return makeRecord(parameters, own)?.data;
}
