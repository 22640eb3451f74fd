import type { Answer, Lookup } from '../dns/answer.ts';
import { isInNetwork, reverseName } from '../dns/address-network.ts';
import { familyOf } from '../dns/ip-address.ts';
import type { RecordOf, RecordType } from '../dns/record.ts';
import { expandMacros, type SpfClient } from './macro.ts';
import { isSpfRecord, parseSpf, type Directive, type Mechanism, type Qualifier } from './record.ts';

/** RFC 7208 §2.6 */
export type SpfResult = Qualifier | 'none' | 'temperror' | 'permerror';

export interface SpfVerdict {
  readonly result: SpfResult;
  /** The record of the domain; undefined if it has none. */
  readonly record?: string;
  /** Half a sentence: the term that decided, or what is wrong. */
  readonly why: string;
}

/** RFC 7208 §4.6.4: terms that ask the DNS, and answers that have nothing. */
const mostLookups = 10;
const mostVoid = 2;
/** RFC 7208 §4.6.4: names of one `mx` or `ptr` that are looked at. */
const mostNames = 10;

/** An evaluation that ends here: RFC 7208 §4.6. */
class Ends extends Error {
  override readonly name = 'Ends';
  readonly result: 'temperror' | 'permerror';

  constructor(result: Ends['result'], why: string) {
    super(why);
    this.result = result;
  }
}

interface Evaluation {
  readonly client: SpfClient;
  readonly lookup: Lookup;
  lookups: number;
  voids: number;
}

/**
 * Whether a domain lets a host send its mail: check_host() of RFC 7208. The host is one of our own, which is why the macro
 * `p` and explanations are left out: they cost lookups and change nothing for it. At most 10 terms ask the DNS, so it ends.
 *
 * @throws the reason of the signal that `lookup` was given, and nothing else
 */
export async function evaluateSpf(domain: string, client: SpfClient, lookup: Lookup): Promise<SpfVerdict> {
  const evaluation: Evaluation = { client, lookup, lookups: 0, voids: 0 };
  const seen: { record?: string } = {};
  try {
    return { ...(await checkHost(domain, evaluation, (record) => (seen.record ??= record))), ...seen };
  } catch (error) {
    if (!(error instanceof Ends)) throw error;
    return { result: error.result, why: error.message, ...seen };
  }
}

async function checkHost(
  domain: string,
  evaluation: Evaluation,
  note: (record: string) => void = () => {},
): Promise<Pick<SpfVerdict, 'result' | 'why'>> {
  const text = await recordOf(domain, evaluation);
  if (text === undefined) return { result: 'none', why: `${domain} has no SPF record` };
  note(text);
  const record = parseSpf(text);
  if (typeof record === 'string') throw new Ends('permerror', `the record of ${domain} is broken: ${record}`);
  for (const directive of record.directives) {
    if (await matches(directive, domain, evaluation))
      return { result: directive.qualifier, why: `"${directive.text}" of ${domain}` };
  }
  if (record.redirect === undefined) return { result: 'neutral', why: `no term of ${domain} matches` };
  count(evaluation);
  const target = expanded(record.redirect, domain, evaluation);
  const redirected = await checkHost(target, evaluation);
  // RFC 7208 §6.1
  if (redirected.result === 'none')
    throw new Ends('permerror', `redirect=${target} of ${domain} has no SPF record`);
  return redirected;
}

/** RFC 7208 §4.4, §4.5. */
async function recordOf(domain: string, evaluation: Evaluation): Promise<string | undefined> {
  const answer = await ask(domain, 'TXT', evaluation);
  const records = answer.kind === 'found' ? answer.records.filter(isSpfRecord) : [];
  if (records.length > 1) throw new Ends('permerror', `${domain} has ${records.length} SPF records`);
  return records[0];
}

async function matches({ mechanism }: Directive, domain: string, evaluation: Evaluation): Promise<boolean> {
  const { client } = evaluation;
  switch (mechanism.kind) {
    case 'all':
      return true;
    case 'ip4':
    case 'ip6':
      return isInNetwork(client.address, mechanism.network, mechanism.prefix);
    case 'include': {
      count(evaluation);
      const target = expanded(mechanism.domain, domain, evaluation);
      const { result } = await checkHost(target, evaluation);
      // RFC 7208 §5.2
      if (result === 'none') throw new Ends('permerror', `include:${target} of ${domain} has no SPF record`);
      return result === 'pass';
    }
    case 'exists': {
      count(evaluation);
      const answer = await ask(expanded(mechanism.domain, domain, evaluation), 'A', evaluation, true);
      return answer.kind === 'found';
    }
    case 'a':
      count(evaluation);
      return hasAddress(targetOf(mechanism, domain, evaluation), mechanism, evaluation);
    case 'mx': {
      count(evaluation);
      const answer = await ask(targetOf(mechanism, domain, evaluation), 'MX', evaluation, true);
      if (answer.kind !== 'found') return false;
      if (answer.records.length > mostNames)
        throw new Ends('permerror', `"mx" of ${domain} stands for more than ${mostNames} hosts`);
      for (const { exchange } of answer.records)
        if (exchange !== '.' && (await hasAddress(exchange, mechanism, evaluation))) return true;
      return false;
    }
    case 'ptr': {
      count(evaluation);
      return hasName(targetOf(mechanism, domain, evaluation), evaluation);
    }
  }
}

function targetOf(
  mechanism: { readonly domain: string | undefined },
  domain: string,
  evaluation: Evaluation,
): string {
  return mechanism.domain === undefined ? domain : expanded(mechanism.domain, domain, evaluation);
}

async function hasAddress(
  host: string,
  { prefix4, prefix6 }: Extract<Mechanism, { kind: 'a' | 'mx' }>,
  evaluation: Evaluation,
): Promise<boolean> {
  const { address } = evaluation.client;
  const isV4 = familyOf(address) === 4;
  const answer = await ask(host, isV4 ? 'A' : 'AAAA', evaluation, true);
  return (
    answer.kind === 'found' &&
    answer.records.some((one) => isInNetwork(address, one, isV4 ? prefix4 : prefix6))
  );
}

/** RFC 7208 §5.5: names of the address that lead back to it, and are the domain or below it. Failures mean no match. */
async function hasName(domain: string, { client, lookup }: Evaluation): Promise<boolean> {
  const answer = await lookup(reverseName(client.address), 'PTR');
  if (answer.kind !== 'found') return false;
  const below = `.${domain.toLowerCase()}`;
  for (const name of answer.records.slice(0, mostNames)) {
    if (!`.${name.toLowerCase()}`.endsWith(below)) continue;
    const back = await lookup(name, familyOf(client.address) === 4 ? 'A' : 'AAAA');
    if (back.kind === 'found' && back.records.some((one) => one === client.address)) return true;
  }
  return false;
}

function expanded(spec: string, domain: string, { client }: Evaluation): string {
  const name = expandMacros(spec, domain, client);
  if (name === undefined) throw new Ends('permerror', `"${spec}" of ${domain} leads to no name of the DNS`);
  return name;
}

function count(evaluation: Evaluation): void {
  evaluation.lookups += 1;
  if (evaluation.lookups > mostLookups)
    throw new Ends('permerror', `more than ${mostLookups} terms ask the DNS`);
}

/** An answer that did not fail. Names that a query cannot hold have no records. */
async function ask<T extends RecordType>(
  name: string,
  type: T,
  evaluation: Evaluation,
  countsVoid = false,
): Promise<Exclude<Answer<RecordOf[T]>, { kind: 'failed' }>> {
  const answer = await evaluation.lookup(name, type);
  if (answer.kind === 'failed') throw new Ends('temperror', `${type} of ${name}: ${answer.detail}`);
  if (answer.kind === 'absent' && countsVoid) {
    evaluation.voids += 1;
    if (evaluation.voids > mostVoid)
      throw new Ends('permerror', `more than ${mostVoid} names in it have no records`);
  }
  return answer;
}
