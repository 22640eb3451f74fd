import { parseDomainName } from './name.ts';
import type { RecordType } from './record.ts';

/** A question whose answer shows whether a resolver validates. */
export interface DnssecProbe {
  readonly type: RecordType;
  /** In the form of `parseOwnerName`. */
  readonly name: string;
}

const types: Readonly<Record<RecordType, true>> = {
  A: true,
  AAAA: true,
  MX: true,
  TLSA: true,
  CNAME: true,
  NS: true,
  SOA: true,
  PTR: true,
  TXT: true,
};

/** Postfix's `dnssec_probe`, `type:name`, such as `ns:.`; `undefined` for anything else. */
export function parseDnssecProbe(text: string): DnssecProbe | undefined {
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(colon, 0)).toUpperCase();
  const owner = text.slice(colon + 1);
  const name = owner === '.' ? owner : parseDomainName(owner);
  return name !== undefined && Object.hasOwn(types, type) ? { type: type as RecordType, name } : undefined;
}
