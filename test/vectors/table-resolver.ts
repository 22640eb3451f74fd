import type { DnsRecord, DnsReply } from './adapter.ts';
import type { Certificates } from './certificates.ts';
import type { DnsEntry, DnsFailure, DnsOddity, RowInput } from './row.ts';
import { tlsaRdata } from './tlsa-text.ts';

export interface TableResolver {
  readonly ask: (name: string, type: string) => Promise<DnsReply>;
  /** `name TYPE`, in order; questions about the root are probes and are not listed. */
  readonly asked: readonly string[];
}

/** Longer chains of aliases are a loop to a resolver. */
const maxAliases = 30;

/**
 * A recursive resolver that knows a table. It follows aliases and sets AD if everything on the way is signed; of what
 * the table does not mention there are no data, and nobody says so with a signature.
 */
export function tableResolver(
  { dns, tlsa, resolver }: Pick<RowInput, 'dns' | 'tlsa' | 'resolver'>,
  certificates: Certificates,
): TableResolver {
  const asked: string[] = [];
  const table = new Map<string, DnsEntry>([['. NS', { records: ['a.root.test'], secure: true }]]);
  if (tlsa !== undefined) table.set('_25._tcp.mx.example.test TLSA', { records: tlsa, secure: true });
  for (const [question, entry] of Object.entries(dns)) if (entry !== null) table.set(question, entry);
  let validating = resolver.validating !== false;

  async function ask(name: string, type: string): Promise<DnsReply> {
    const question = `${name} ${type}`;
    if (name !== '.') asked.push(question);
    if (question === resolver.adLostAt) validating = false;
    const reply = walk(name, type, [], true);
    return reply.kind === 'message' ? { ...reply, ad: reply.ad && validating } : reply;
  }

  function walk(name: string, type: string, passed: readonly DnsRecord[], secure: boolean): DnsReply {
    if (passed.length > maxAliases) return failure('SERVFAIL');
    const entry = table.get(`${name} ${type}`);
    const alias = entry === undefined ? aliasOf(name, type) : 'alias' in entry ? entry : undefined;
    if (alias !== undefined && 'fail' in alias) return failure(alias.fail);
    if (alias !== undefined) {
      const record = { owner: name, type: 'CNAME', data: alias.alias };
      const soFar = [...passed, record];
      const signed = secure && alias.secure;
      if (type === 'CNAME' || resolver.aliasOnly === true) return message(soFar, signed);
      return walk(alias.alias, type, soFar, signed);
    }
    if (entry === undefined) return { ...message(passed, false), soa: name };
    if ('fail' in entry) return failure(entry.fail);
    if ('odd' in entry) return oddity(entry.odd, name, type, passed);
    if ('records' in entry) {
      const records = entry.records.map((text) => recordOf(name, type, text));
      return message([...passed, ...records], secure && entry.secure);
    }
    if ('alias' in entry) throw new Error(`alias of ${name} not followed`);
    const denial = entry.absent === 'NXDOMAIN' ? ('NXDOMAIN' as const) : ('NOERROR' as const);
    return { ...message(passed, secure && entry.secure), rcode: denial, soa: name };
  }

  /** What a CNAME record at the name, or a DNAME record above it, makes of it. */
  function aliasOf(
    name: string,
    type: string,
  ): Extract<DnsEntry, { alias: string } | { fail: string }> | undefined {
    const cname = type === 'CNAME' ? undefined : table.get(`${name} CNAME`);
    if (cname !== undefined && ('alias' in cname || 'fail' in cname)) return cname;
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const dname = table.get(`${name.slice(dot + 1)} DNAME`);
      if (dname !== undefined && 'alias' in dname)
        return { alias: `${name.slice(0, dot)}.${dname.alias}`, secure: dname.secure };
    }
    return undefined;
  }

  function recordOf(owner: string, type: string, text: string): DnsRecord {
    return { owner, type, data: type === 'TLSA' ? tlsaRdata(text, certificates) : text };
  }

  return { ask, asked };
}

type Message = Extract<DnsReply, { kind: 'message' }>;

function message(answers: readonly DnsRecord[], ad: boolean): Message {
  return { kind: 'message', rcode: 'NOERROR', ad, truncated: false, answers };
}

function failure(fail: DnsFailure): DnsReply {
  switch (fail) {
    case 'timeout':
    case 'unreachable':
    case 'malformed':
      return { kind: 'nothing', why: fail };
    case 'truncated':
      // Validated and cut: AD says nothing about what is missing.
      return { ...message([], true), truncated: true };
    case 'SERVFAIL':
    case 'REFUSED':
    case 'FORMERR':
    case 'NOTIMP':
      return { ...message([], false), rcode: fail };
  }
}

/** RFC 8914 §4.7. */
const dnssecBogus = 6;

function oddity(odd: DnsOddity, name: string, type: string, passed: readonly DnsRecord[]): DnsReply {
  const bare = message(passed, false);
  switch (odd) {
    case 'signatures alone':
      return message([...passed, { owner: name, type: 'RRSIG', data: '' }], false);
    case 'records of another name':
      return message(
        [
          ...passed,
          { owner: 'other.test', type, data: type === 'TLSA' ? new Uint8Array(35) : '10 192.0.2.66' },
        ],
        false,
      );
    case 'denial by another zone':
      return { ...bare, soa: 'other.test' };
    case 'bogus denial':
      return { ...bare, soa: name, extendedErrors: [dnssecBogus] };
    case 'referral':
      return { ...bare, referral: true };
    case 'nothing':
      return bare;
  }
}
