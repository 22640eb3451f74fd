import { rdataText } from '../dane/record-text.ts';
import { daneDigests, screen, type DaneDigest } from '../dane/tlsa.ts';
import { verifyDane } from '../dane/verify.ts';
import type { Answer, Lookup } from '../dns/answer.ts';
import type { MxRecord, RecordOf, RecordType } from '../dns/record.ts';
import { isDane } from '../levels/levels.ts';
import { domainOf, parseDomain } from '../mail/address.ts';
import { hostsOf, type MailHosts } from '../route/hosts.ts';
import { referenceNames } from '../tls-policy/reference-names.ts';
import { lookupTlsa } from '../tls-policy/tlsa-lookup.ts';
import { answerOf, readTlsa } from './answer-text.ts';
import type { Receipt, ReceiptJudgement, ReceiptSession } from './receipt.ts';

/** What comes of judging once more what a receipt has. */
export type Proof =
  /** The answers ask for these records, and the chain matches them. */
  | {
      readonly kind: 'proved';
      readonly nextHop: string;
      readonly mx: MailHosts['mx'];
      /** The answers lead from the domain of the recipient to the host. Otherwise settings of the relay named the next hop. */
      readonly isOwn: boolean;
    }
  /** It does not say that DANE authenticated a host, so that there is nothing to repeat. */
  | { readonly kind: 'not claimed'; readonly why: string }
  /** It says so, and what it has does not lead there. */
  | { readonly kind: 'refuted'; readonly why: string };

/** Records of one answer that are judged; nothing is proved by more, and each costs some time. */
const MOST_RECORDS = 200;
/** Domains that are tried; a relay has looked up a few. */
const MOST_NEXT_HOPS = 8;

/**
 * Repeats the judgement of a receipt from its parts, as the relay makes it: from the answers to the hosts, to the TLSA
 * records that count and the names (RFC 7672 §2.2, §3.2.2), and from these and the chain to the verdict. The answers
 * themselves are the relay's word: nothing in a receipt shows that they were signed.
 */
export async function proveReceipt(receipt: Receipt): Promise<Proof> {
  const { session } = receipt;
  if (session === undefined) return { kind: 'not claimed', why: 'no host came to the mail' };
  if (session.tls === undefined) return { kind: 'not claimed', why: 'the session was in clear' };
  const { judgement } = session;
  if (judgement === undefined) return { kind: 'not claimed', why: 'nothing was kept of the judgement' };
  const { level, matched } = judgement;
  if (!isDane(level)) {
    const claimsMore = matched !== undefined;
    return claimsMore
      ? refuted(`at level ${level} no TLSA record counts`)
      : { kind: 'not claimed', why: `level ${level} is not DANE` };
  }
  if (matched === undefined) return refuted('no record matched, and the host heard of the mail all the same');
  const { word } = session.tls;
  // RFC 7672 §2.2.1: behind unsigned MX records it is less, unless an MTA-STS policy vouches for the name as well.
  if (level !== 'half-dane' && word !== 'Verified')
    return refuted(`"${word}" is not what level ${level} proves`);
  let why = `the MX records of ${session.host} do not lead to it`;
  for (const { domain, hosts, isNamed } of nextHopsOf(receipt, session)) {
    const fault = await faultFor(domain, hosts, { receipt, session, judgement });
    if (fault === undefined) {
      const isOwn = !isNamed && domain === parseDomain(domainOf(receipt.recipient));
      return { kind: 'proved', nextHop: domain, mx: hosts.mx, isOwn };
    }
    why = fault;
  }
  return refuted(isWhole(receipt) ? why : `${why}; answers or records were left out of the receipt`);
}

function isWhole({ answers, answersLeftOut }: Receipt): boolean {
  return answersLeftOut === undefined && answers.every(({ recordsLeftOut }) => recordsLeftOut === undefined);
}

function refuted(why: string): Proof {
  return { kind: 'refuted', why };
}

interface NextHop {
  readonly domain: string;
  readonly hosts: MailHosts;
  /** Nobody has asked for MX records: settings named the host itself. */
  readonly isNamed: boolean;
}

/** Domains whose MX records list the host; without any the host is its own next hop, unless its MX records say otherwise. */
function nextHopsOf({ answers }: Receipt, { host }: ReceiptSession): readonly NextHop[] {
  // Of several answers of a name the last one counted.
  const asked = new Map(answers.flatMap((one) => (one.type === 'MX' ? [[one.name, one] as const] : [])));
  const found = [...asked].flatMap(([domain, one]): readonly NextHop[] => {
    const answer = answerOf(one) as Answer<MxRecord> | undefined;
    const hosts = answer === undefined ? undefined : hostsOf(domain, answer);
    const isListed = hosts !== undefined && 'hosts' in hosts && hosts.hosts.some(({ name }) => name === host);
    return isListed ? [{ domain, hosts, isNamed: false }] : [];
  });
  if (found.length > 0 || asked.has(host)) return found.slice(-MOST_NEXT_HOPS);
  const itself = { kind: 'hosts', hosts: [], nameless: [], mx: 'none', expandedNextHop: host } as const;
  return [{ domain: host, hosts: itself, isNamed: true }];
}

interface Case {
  readonly receipt: Receipt;
  readonly session: ReceiptSession;
  readonly judgement: ReceiptJudgement;
}

/** Why the judgement does not follow by way of this next hop; undefined if it does. */
async function faultFor(
  nextHop: string,
  { mx, expandedNextHop }: MailHosts,
  { receipt, session, judgement }: Case,
): Promise<string | undefined> {
  if ((mx === 'insecure') !== (judgement.level === 'half-dane'))
    return `level ${judgement.level} does not fit the MX records of ${nextHop}`;
  const lookup = lookupIn(receipt);
  const address = await addressOf(session, lookup);
  if (address === undefined) return `no answer has the address ${session.address} of ${session.host}`;
  const { host, port } = session;
  const finding = await lookupTlsa({ host, port, address }, lookup);
  if (finding.kind !== 'records') return `the answers have no signed TLSA records of ${host}:${port}`;
  if (finding.records.length > MOST_RECORDS) return `more than ${MOST_RECORDS} TLSA records`;

  const digests = digestsOf(judgement);
  if (digests === undefined) return 'digests of the judgement are unknown';
  const { usable } = screen(finding.records, finding.owner, digests);
  if (!sameTexts(usable.map(rdataText), judgement.records))
    return 'the records of the judgement are not the usable ones of the answer';
  const names = referenceNames(finding.baseDomain, { nextHop, expandedNextHop, mx });
  if (!sameTexts(names, judgement.names)) return 'the names of the judgement are not those of the answers';
  return verdictFault(names, digests, judgement);
}

/** With the records in the order in which they were judged: of two that match, the first one is told. */
function verdictFault(
  names: readonly string[],
  digests: readonly DaneDigest[],
  { chain, at, matched, records }: ReceiptJudgement,
): string | undefined {
  const certificates = chain.map((text) => Buffer.from(text, 'base64'));
  const usable = records.flatMap((text) => readTlsa(text) ?? []);
  const verdict = verifyDane(certificates, usable, names, Date.parse(at), digests);
  if (verdict.kind === 'mismatch') return `the chain does not match: ${verdict.detail}`;
  const record = matched === undefined ? undefined : readTlsa(matched.record);
  const isSame =
    record !== undefined &&
    rdataText(record) === rdataText(verdict.record) &&
    matched?.depth === verdict.depth &&
    matched.peerName === verdict.peerName;
  return isSame ? undefined : `another record matches: ${rdataText(verdict.record)}`;
}

async function addressOf(
  { host, address }: ReceiptSession,
  lookup: Lookup,
): Promise<Parameters<typeof lookupTlsa>[0]['address'] | undefined> {
  const answer = await lookup(host, address.includes(':') ? 'AAAA' : 'A');
  return answer.kind === 'found' && answer.records.includes(address) ? answer : undefined;
}

/** Looks up in the answers of a receipt. What it does not have cannot be known. */
function lookupIn({ answers }: Receipt): Lookup {
  return <T extends RecordType>(name: string, type: T): Promise<Answer<RecordOf[T]>> => {
    const last = answers.findLast((one) => one.name === name && one.type === type);
    const answer = last && answerOf(last);
    const missing = { kind: 'failed', cause: 'unreachable', detail: 'not in the receipt' } as const;
    return Promise.resolve((answer as Answer<RecordOf[T]> | undefined) ?? missing);
  };
}

function digestsOf({ digests }: ReceiptJudgement): readonly DaneDigest[] | undefined {
  if (digests === undefined) return daneDigests;
  const known = digests.flatMap((text) => daneDigests.filter((digest) => digest === text));
  return known.length === digests.length && known.length > 0 ? known : undefined;
}

/** In any order. */
function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  const [a, b] = [new Set(one), new Set(other)];
  return a.size === b.size && [...a].every((text) => b.has(text));
}
