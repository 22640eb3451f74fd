import type { Answer, Failed, Lookup } from '../../src/core/dns/answer.ts';
import type { MxRecord, RecordOf, RecordType, TlsaRecord } from '../../src/core/dns/record.ts';

/** `name TYPE` to records, a failure or its cause; with a `!` before it: signed. What is not there does not exist. */
export type Zone = Readonly<Record<string, readonly unknown[] | Failed | Failed['cause']>>;

/** A validating resolver that knows a zone: it follows aliases, and one that is not signed spoils what it leads to. */
export function fakeDns(zone: Zone): { lookup: Lookup; asked: string[] } {
  const asked: string[] = [];
  const entryAt = (name: string, type: string): { entry: Zone[string]; signed: boolean } | undefined => {
    for (const signed of [true, false]) {
      const entry = zone[`${signed ? '!' : ''}${name} ${type}`];
      if (entry !== undefined) return { entry, signed };
    }
    return undefined;
  };
  const lookup = (asking: string, type: RecordType): Promise<Answer<unknown>> => {
    asked.push(`${asking} ${type}`);
    let [name, secure] = [asking, true];
    const aliases: string[] = [];
    for (;;) {
      const here = entryAt(name, type);
      const alias = here === undefined ? entryAt(name, 'CNAME') : undefined;
      const { entry, signed } = here ?? alias ?? { entry: [], signed: true };
      secure &&= signed;
      if (typeof entry === 'string') return Promise.resolve({ kind: 'failed', cause: entry, detail: entry });
      if ('kind' in entry) return Promise.resolve(entry);
      const settled = { secure, name, aliases, ttl: 30 };
      if (alias === undefined) {
        return Promise.resolve(
          entry.length === 0
            ? { kind: 'absent', denial: 'NODATA', ...settled }
            : { kind: 'found', records: entry, ...settled },
        );
      }
      aliases.push(name);
      name = String(entry[0]);
    }
  };
  return {
    lookup: lookup as <T extends RecordType>(name: string, type: T) => Promise<Answer<RecordOf[T]>>,
    asked,
  };
}

/** MX records: `mx('mx.x.test', 'other.test')` with preferences 10, 20 … */
export function mx(...exchanges: readonly string[]): MxRecord[] {
  return exchanges.map((exchange, at) => ({ preference: (at + 1) * 10, exchange }));
}

/** `x.test` with one host, everything signed, and the host's TLSA records. */
export function signedZone(...tlsa: readonly TlsaRecord[]): Zone {
  return { ...signedHost, '!_25._tcp.mx.x.test TLSA': tlsa };
}

/** `x.test` with one host, signed; nothing is said of TLSA. */
export const signedHost: Zone = { '!x.test MX': mx('mx.x.test'), '!mx.x.test A': ['192.0.2.1'] };
