import type { Answer, Failed, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';

/**
 * Makes lookups that do not accept TLSA records as unsigned when their name is in a signed zone. Some forwarders lose
 * the AD bit, or the signatures, of record types that they do not know, and that would switch DANE off (RFC 7672
 * §2.1.1). A signed denial of a CNAME record at the same name shows that the zone is signed; then everything in it must
 * be.
 *
 * It costs a lookup only where TLSA records come without AD, which is rare: they are looked up for signed hosts.
 */
export function refuseContradictions(lookup: Lookup): Lookup {
  return async <T extends RecordType>(
    name: string,
    type: T,
    signal?: AbortSignal,
  ): Promise<Answer<RecordOf[T]>> => {
    const answer = await lookup(name, type, signal);
    if (type !== 'TLSA' || answer.kind !== 'found' || answer.secure) return answer;
    return (await contradiction([...answer.aliases, answer.name], lookup, signal)) ?? answer;
  };
}

/** A failure if every link of the alias chain is signed, or if one cannot be judged; otherwise undefined. */
async function contradiction(
  chain: readonly string[],
  lookup: Lookup,
  signal: AbortSignal | undefined,
): Promise<Failed | undefined> {
  for (const link of chain) {
    const alias = await lookup(link, 'CNAME', signal);
    if (alias.kind === 'failed') return alias;
    if (!alias.secure) return undefined;
  }
  return {
    kind: 'failed',
    cause: 'malformed',
    detail: 'the resolver gives TLSA records of a signed zone without the AD bit',
  };
}
