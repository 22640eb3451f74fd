import type { RecordType } from '../core/dns/record.ts';
import { isHostName } from './host-name.ts';

/** A question whose answer every validating resolver can vouch for. */
export interface DnssecProbe {
  readonly type: RecordType;
  /** Lower case, no trailing dot, except the root `.` itself. */
  readonly name: string;
}

const probeTypes = { a: 'A', aaaa: 'AAAA', mx: 'MX', ns: 'NS', soa: 'SOA' } as const;

/** `ns:.`, `soa:example.org`: Postfix's form of `dnssec_probe`. Undefined when it is not of that form. */
export function parseDnssecProbe(text: string): DnssecProbe | undefined {
  const [, word = '', owner = ''] = /^([a-z]+):(.+)$/.exec(text.toLowerCase()) ?? [];
  const type = Object.entries(probeTypes).find(([name]) => name === word)?.[1];
  const name = owner === '.' ? owner : owner.replace(/(?<=[^.])\.$/, '');
  return type !== undefined && (name === '.' || isHostName(name)) ? { type, name } : undefined;
}
