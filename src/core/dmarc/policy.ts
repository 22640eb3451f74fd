import type { Lookup } from '../dns/answer.ts';

/** What a DMARC record demands (RFC 7489 §6.3). */
export interface DmarcPolicy {
  /** p=, or for names below the one that has the record sp= (RFC 7489 §6.3). */
  readonly policy: 'none' | 'quarantine' | 'reject';
  /** adkim=, aspf=: the domain itself (`strict`), or one of the same organisation. */
  readonly dkim: 'strict' | 'relaxed';
  readonly spf: 'strict' | 'relaxed';
  readonly isReported: boolean;
}

export type Dmarc =
  | {
      readonly kind: 'found';
      readonly policy: DmarcPolicy;
      /** The name above the record. */ readonly at: string;
      readonly record: string;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'several'; readonly at: string }
  | { readonly kind: 'broken'; readonly at: string; readonly record: string; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** More names above are not asked: a name of 127 labels costs no more than one of eight. */
const mostLabels = 8;

/**
 * Finds the policy for mail of a domain: at the domain itself, else at the nearest name above it that has one. That is the
 * walk up the tree of names by which DMARC finds an organisation without a list of public suffixes.
 *
 * @throws the reason of the signal that `lookup` was given, and nothing else
 */
export async function findDmarc(domain: string, lookup: Lookup): Promise<Dmarc> {
  for (const name of namesAbove(domain)) {
    const answer = await lookup(`_dmarc.${name}`, 'TXT');
    if (answer.kind === 'failed') return { kind: 'failed', why: `TXT of _dmarc.${name}: ${answer.detail}` };
    const records =
      answer.kind === 'found' ? answer.records.filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text)) : [];
    if (records.length > 1) return { kind: 'several', at: name };
    const [record] = records;
    if (record === undefined) continue;
    const policy = parseDmarc(record, name === domain);
    return typeof policy === 'string'
      ? { kind: 'broken', at: name, record, why: policy }
      : { kind: 'found', policy, at: name, record };
  }
  return { kind: 'missing' };
}

/** The domain, and the names above it but for the top of the DNS: at most eight. */
function namesAbove(domain: string): readonly string[] {
  const labels = domain.split('.');
  const shorter = labels.length > mostLabels ? labels.slice(-(mostLabels - 1)) : labels.slice(1);
  const above = shorter.slice(0, -1).map((_, at) => shorter.slice(at).join('.'));
  return [domain, ...above];
}

/** A string says what is wrong with it. */
export function parseDmarc(record: string, isOwn: boolean): DmarcPolicy | string {
  const tags = new Map<string, string>();
  for (const part of record.split(';')) {
    const at = part.indexOf('=');
    if (at === -1) continue;
    const name = part.slice(0, at).trim().toLowerCase();
    if (tags.has(name)) return `"${name}=" is there twice`;
    tags.set(name, part.slice(at + 1).trim());
  }
  const word = (isOwn ? undefined : tags.get('sp')) ?? tags.get('p') ?? '';
  const policy = (['none', 'quarantine', 'reject'] as const).find((one) => one === word.toLowerCase());
  const isReported = (tags.get('rua') ?? '') !== '';
  // RFC 7489 §6.6.3: with an address for reports it counts as "none".
  if (policy === undefined && !isReported) return word === '' ? 'it has no "p="' : `"p=${word}" is no policy`;
  const mode = (name: string): 'strict' | 'relaxed' =>
    tags.get(name)?.toLowerCase() === 's' ? 'strict' : 'relaxed';
  return { policy: policy ?? 'none', dkim: mode('adkim'), spf: mode('aspf'), isReported };
}
