import { certificateWithKey, makeRecord, recommended } from '../../core/dane/make-record.ts';
import { ownerOf, rdataText } from '../../core/dane/record-text.ts';
import { screen } from '../../core/dane/tlsa.ts';
import { verifyDane } from '../../core/dane/verify.ts';
import type { Answer, Lookup } from '../../core/dns/answer.ts';
import { isLoopbackAddress } from '../../core/dns/ip-address.ts';
import type { TlsaRecord } from '../../core/dns/record.ts';
import type { OwnTlsaFacts } from '../../core/doctor/own-tlsa.ts';
import { showListenerAddress } from '../../config/addresses.ts';
import { isFullName } from '../own-name.ts';
import type { DoctorContext } from './context.ts';
import type { SeenListener } from './dial-listener.ts';

/** The TLSA records of the name of this relay, at the ports where it has TLS, and the certificates there. */
export async function ownTlsaFacts(context: DoctorContext): Promise<readonly OwnTlsaFacts[]> {
  const hostname = await context.hostname();
  const withTls = (await context.listeners()).filter(
    ({ settings }) => settings.tls !== 'none' && settings.address.kind === 'tcp',
  );
  if (!isFullName(hostname) || withTls.length === 0) return [];
  const { lookup } = await context.resolving();
  const found = await Promise.all(withTls.map((seen) => factsOf(seen, hostname, lookup, context.now())));
  return found.filter((one) => one !== undefined);
}

/** Undefined where nobody looks for records: on a loopback address, unless there are some. */
async function factsOf(
  { settings, chain }: SeenListener,
  hostname: string,
  lookup: Lookup,
  now: number,
): Promise<OwnTlsaFacts | undefined> {
  if (settings.address.kind !== 'tcp') return undefined;
  const { host, port } = settings.address;
  const owner = ownerOf(hostname, port);
  const answer = await lookup(owner, 'TLSA');
  if (answer.kind === 'absent' && isLoopbackAddress(host)) return undefined;
  const ders = chain.map(({ raw }) => raw);
  const [leaf] = ders;
  const record = leaf && makeRecord(recommended, certificateWithKey(leaf));
  return {
    owner,
    address: showListenerAddress(settings.address),
    lookup: lookupFacts(answer, owner),
    ...(record === undefined ? {} : { recommended: rdataText(record) }),
    ...(answer.kind !== 'found' || ders.length === 0
      ? {}
      : { verdict: verdictOf(ders, answer.records, hostname, owner, now) }),
  };
}

function lookupFacts(answer: Answer<TlsaRecord>, owner: string): OwnTlsaFacts['lookup'] {
  if (answer.kind === 'failed') return { kind: 'failed', why: answer.detail };
  if (answer.kind === 'absent') return { kind: 'none' };
  const { records, secure } = answer;
  const { usable } = screen(records, owner);
  return { kind: 'found', isSecure: secure, records: records.map(rdataText), usable: usable.length };
}

function verdictOf(
  chain: readonly Uint8Array[],
  records: readonly TlsaRecord[],
  hostname: string,
  owner: string,
  now: number,
): NonNullable<OwnTlsaFacts['verdict']> {
  const verdict = verifyDane(chain, screen(records, owner).usable, [hostname], now);
  if (verdict.kind === 'matched') {
    const { usage, selector, matching } = verdict.record;
    return { isMatch: true, what: `${usage} ${selector} ${matching} at depth ${verdict.depth}` };
  }
  return { isMatch: false, what: verdict.detail };
}
