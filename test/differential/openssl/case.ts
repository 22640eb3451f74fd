import type { KeyObject } from 'node:crypto';
import type { TlsaRecord } from '../../../src/core/dns/record.ts';
import { now } from '../../support/test-ca.ts';
import type { TestCertificate } from '../../support/test-ca.ts';

/** A server with its certificates, the TLSA records about it, and who we believe it to be. */
export interface Case {
  /** What is special about it; no two cases have the same. */
  readonly id: string;
  /** DER in the order of the wire, the server's own certificate first. */
  readonly chain: readonly Buffer[];
  readonly privateKey: KeyObject;
  readonly records: readonly TlsaRecord[];
  /** The one reference identifier: `s_client` takes no second. */
  readonly name: string;
}

/** The TLSA base domain of every case that does not say otherwise. */
export const host = 'mx.example.test';

/** The time of every verdict, in epoch milliseconds. */
export const judgedAt = now;

export function makeCase(
  id: string,
  leaf: TestCertificate,
  above: readonly TestCertificate[],
  records: readonly TlsaRecord[],
  name = host,
): Case {
  const chain = [leaf, ...above].map(({ der }) => der);
  return { id, chain, privateKey: leaf.keys.privateKey, records, name };
}
