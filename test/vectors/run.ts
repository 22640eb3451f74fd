import type { Adapter, HostOutcome, JudgeOutcome, RouteInput, RouteOutcome } from './adapter.ts';
import { makeCertificates, type Certificates } from './certificates.ts';
import { loadRows } from './load.ts';
import type { Expectation, ExpectedHost, Row, RowInput } from './row.ts';
import { tableResolver } from './table-resolver.ts';
import { tlsaRdata } from './tlsa-text.ts';

export interface RunOptions {
  /**
   * False: reasons and details, which are Postfix's words, are not compared, and neither is the depth.
   * Decisions, codes and names always are. Default true.
   */
  readonly texts?: boolean;
  /** Default new ones, which take a moment to make. */
  readonly certificates?: Certificates;
}

export interface RowResult {
  readonly row: Row;
  /** Empty: the implementation does as the row says. */
  readonly faults: readonly string[];
}

/** Enough for each of a few equal hosts to come first. */
const drawings = 50;

/** Holds an implementation against every row. */
export async function runVectors(adapter: Adapter, options: RunOptions = {}): Promise<readonly RowResult[]> {
  const { certificates = makeCertificates() } = options;
  const results: RowResult[] = [];
  for (const row of loadRows()) {
    results.push({ row, faults: await runRow(adapter, row, certificates, options) });
  }
  return results;
}

/** What an implementation does otherwise than a row says. An adapter that throws is at fault. */
export async function runRow(
  adapter: Adapter,
  row: Row,
  certificates: Certificates,
  { texts = true }: RunOptions = {},
): Promise<readonly string[]> {
  const { input, expect } = row;
  const fault = faultList(texts);
  const resolver = tableResolver(input, certificates);
  try {
    const outcome = await adapter.route(routeInput(input, resolver.ask));
    compareRoute(outcome, expect, certificates, fault);
    if (outcome.kind === 'hosts') await judgeHosts(adapter, outcome.hosts, row, certificates, fault);
    compareQuestions(resolver.asked, expect, fault);
    if (expect.firsts !== undefined) {
      const firsts = new Set<string>();
      for (let drawing = 0; drawing < drawings; drawing += 1) {
        const again = await adapter.route(routeInput(input, tableResolver(input, certificates).ask));
        firsts.add(again.kind === 'hosts' ? (again.hosts[0]?.host ?? 'none') : again.kind);
      }
      fault.compare('hosts that come first', [...firsts].toSorted(), expect.firsts.toSorted());
    }
  } catch (error) {
    fault.add(`threw ${String(error)}`);
  }
  return fault.list;
}

function routeInput(input: RowInput, ask: RouteInput['ask']): RouteInput {
  const { policyMap, resolver, ...rest } = input;
  return {
    ...rest,
    policyMap: policyMap.map((line) => `${line}\n`).join(''),
    resolverAddress: resolver.address ?? '127.0.0.1',
    ask,
  };
}

interface Faults {
  readonly list: readonly string[];
  /** Whether words are compared. */
  readonly texts: boolean;
  add(text: string): void;
  compare(what: string, actual: unknown, wanted: unknown): void;
}

function faultList(texts: boolean): Faults {
  const list: string[] = [];
  return {
    list,
    texts,
    add: (text) => void list.push(text),
    compare(what, actual, wanted) {
      const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)];
      if (is !== should) list.push(`${what}: ${is}, not ${should}`);
    },
  };
}

function compareRoute(
  outcome: RouteOutcome,
  { hosts, trouble, wait }: Expectation,
  certificates: Certificates,
  fault: Faults,
): void {
  const wanted =
    hosts !== undefined ? 'hosts' : trouble !== undefined ? 'trouble' : wait ? 'wait' : undefined;
  // Of hosts that are equal a row says no more than who comes first.
  if (wanted !== undefined) fault.compare('route', outcome.kind, wanted);
  if (outcome.kind === 'trouble' && trouble !== undefined) {
    fault.compare('outcome', outcome.outcome, trouble.outcome);
    fault.compare('DSN', outcome.dsn, trouble.dsn);
    if (fault.texts && trouble.reason !== undefined) fault.compare('reason', outcome.reason, trouble.reason);
  }
  if (outcome.kind !== 'hosts' || hosts === undefined) return;
  fault.compare(
    'hosts',
    outcome.hosts.map(({ host }) => host),
    hosts.map(({ host }) => host),
  );
  for (const [place, wanted] of hosts.entries()) {
    const actual = outcome.hosts[place];
    if (actual !== undefined) compareHost(actual, wanted, certificates, fault);
  }
}

function compareHost(
  actual: HostOutcome,
  wanted: ExpectedHost,
  certificates: Certificates,
  fault: Faults,
): void {
  const of = (what: string): string => `${wanted.host}: ${what}`;
  if (wanted.address !== undefined) fault.compare(of('address'), actual.address, wanted.address);
  fault.compare(of('may be connected to'), actual.connect, wanted.connect ?? true);
  if (!actual.connect) {
    if (wanted.dsn !== undefined) fault.compare(of('DSN'), actual.dsn, wanted.dsn);
    if (fault.texts && wanted.reason !== undefined) fault.compare(of('reason'), actual.reason, wanted.reason);
    return;
  }
  if (wanted.level !== undefined) fault.compare(of('level'), actual.level, wanted.level);
  if (wanted.cleartext !== undefined) fault.compare(of('cleartext'), actual.cleartext, wanted.cleartext);
  if (wanted.sni !== undefined) fault.compare(of('SNI'), actual.serverName ?? null, wanted.sni);
  if (wanted.names !== undefined) {
    const [primary, ...others] = actual.referenceNames;
    const [first, ...more] = wanted.names;
    fault.compare(of('names'), [primary, ...others.toSorted()], [first, ...more.toSorted()]);
  }
  if (wanted.tlsa !== undefined) {
    const hex = (rdata: Uint8Array): string => Buffer.from(rdata).toString('hex');
    const usable = wanted.tlsa.map((text) => hex(tlsaRdata(text, certificates)));
    fault.compare(of('usable records'), actual.tlsa.map(hex).toSorted(), usable.toSorted());
  }
}

/** Every host that may be connected to shows its chain; a row says what that proves of each host or of none. */
async function judgeHosts(
  adapter: Adapter,
  hosts: readonly HostOutcome[],
  { input, expect }: Row,
  certificates: Certificates,
  fault: Faults,
): Promise<void> {
  for (const [place, host] of hosts.entries()) {
    const wanted = expect.hosts?.[place]?.judge ?? (hosts.length === 1 ? expect.judge : undefined);
    const sent = input.chains?.[host.host] ?? input.chain;
    if (!host.connect) {
      if (wanted !== undefined) fault.add(`${host.host}: not connected to, so not judged`);
      continue;
    }
    if (wanted === undefined) continue;
    if (sent === undefined) throw new Error(`the row has no chain for ${host.host}`);
    const { level, referenceNames, tlsa } = host;
    const chain = sent.map((name) => certificateOctets(name, certificates));
    const nowMs = Date.parse(input.now);
    const { daneDigests } = input;
    const judged = await adapter.judge({ level, referenceNames, tlsa, daneDigests, chain, nowMs });
    compareJudgement(judged, wanted, host.host, fault);
  }
}

function certificateOctets(name: string, certificates: Certificates): Uint8Array {
  return name.startsWith('hex ') ? Buffer.from(name.slice(4), 'hex') : certificates(name).der;
}

function compareJudgement(actual: JudgeOutcome, wanted: JudgeOutcome, host: string, fault: Faults): void {
  fault.compare(`${host}: word`, actual.word, wanted.word);
  fault.compare(`${host}: mail may be sent`, actual.ok, wanted.ok);
  if (!fault.texts) return;
  if (wanted.detail !== undefined) fault.compare(`${host}: detail`, actual.detail, wanted.detail);
  if (wanted.depth !== undefined) fault.compare(`${host}: depth`, actual.depth, wanted.depth);
}

function compareQuestions(
  asked: readonly string[],
  { asked: wanted, notAsked = [] }: Expectation,
  fault: Faults,
): void {
  if (wanted !== undefined) {
    fault.compare('questions', [...new Set(asked)].toSorted(), wanted.toSorted());
  }
  for (const question of notAsked) {
    const type = question.startsWith('* ') ? question.slice(1) : undefined;
    const found = asked.find((each) => (type === undefined ? each === question : each.endsWith(type)));
    if (found !== undefined) fault.add(`asked ${found}`);
  }
  // RFC 7672 §2.2.2: addresses first, for every row.
  const tlsa = asked.findIndex((question) => question.endsWith(' TLSA'));
  const address = asked.findIndex((question) => / A(?:AAA)?$/.test(question));
  if (tlsa !== -1 && (address === -1 || address > tlsa)) fault.add('asked for TLSA records before addresses');
}
