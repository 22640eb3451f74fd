import { isDane } from '../core/levels/levels.ts';
import type { Answer } from '../core/dns/answer.ts';
import type { RecordType } from '../core/dns/record.ts';
import type { TlsWord } from '../core/smtp/transaction.ts';
import type { StsResult } from '../core/sts/sts-finding.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Judgement } from '../core/tls-policy/judge.ts';
import { usages } from '../core/dane/tlsa.ts';
import type { MetricSet } from './metric-set.ts';
import {
  daneVerdicts,
  lookupResults,
  receiptResults,
  type ReceiptResult,
  recordTypes,
  stsFetchResults,
  stickyFindings,
  stsModes,
  stsVerdicts,
  triedOutVerdicts,
  trustWords,
  watchResults,
  type StsFetchResult,
} from './metric-table.ts';
import { Tally } from './tally.ts';

/** What the parts of the relay tell of their work that is in no line of the log. Milliseconds. */
export interface Meters {
  /** A message is on stable storage, so long after the end of its content. */
  accepted(tookMs: number): void;
  /** The hosts of a next hop were looked for. */
  routed(tookMs: number): void;
  dialled(tookMs: number, made: boolean): void;
  /** A handshake was made. */
  secured(tookMs: number): void;
  /** Certificates were judged under the policy of a host. */
  judged(policy: Pick<UsableHost, 'level' | 'sts'>, judgement: Judgement): void;
  /** Watched TLSA records were asked for. */
  recordsLookedAt(result: (typeof watchResults)[number]): void;
  /** A policy file of MTA-STS was fetched, or not: what came of it. */
  policyFetched(result: StsFetchResult): void;
  /** A host was proved by DANE, and is not protected by it now. */
  stickyFound(finding: (typeof stickyFindings)[number]): void;
  /** A policy was tried out on a message. */
  triedOut(verdict: (typeof triedOutVerdicts)[number]): void;
  /** So many receipts were wanted: what came of them. */
  receipts(result: ReceiptResult, count: number): void;
  /** A session is ready for mail. */
  opened(security: TlsWord | 'clear'): void;
  /** A lookup has its answer. */
  lookedUp(type: RecordType, answer: Answer<unknown>): void;
  /** The resolver was asked: the cache had no answer. */
  resolved(tookMs: number): void;
  /** Redis has answered the look at it. */
  redisLooked(tookMs: number): void;
}

export interface ShownMeters extends Meters {
  /** Puts what was counted into the metrics. */
  show(): void;
}

export function createMeters(set: MetricSet): ShownMeters {
  const accepted = set.histogram('dane_relay_accept_seconds');
  const routed = set.histogram('dane_relay_route_seconds');
  const dialled = set.histogram('dane_relay_connect_seconds');
  const secured = set.histogram('dane_relay_tls_handshake_seconds');
  const resolved = set.histogram('dane_relay_lookup_seconds');
  const looked = set.histogram('dane_relay_redis_look_seconds');
  const verdicts = new Tally(daneVerdicts);
  const watches = new Tally(watchResults);
  const policies = new Tally(stsFetchResults);
  const bySts = new Tally(stsModes, stsVerdicts);
  const sticky = new Tally(stickyFindings);
  const triedOut = new Tally(triedOutVerdicts);
  const receipts = new Tally(receiptResults);
  const sessions = new Tally([...trustWords, 'clear']);
  const lookups = new Tally(recordTypes, lookupResults);
  const shown = [
    [verdicts, set.counter('dane_relay_dane_verdicts_total'), ['verdict']],
    [watches, set.counter('dane_relay_rollover_looks_total'), ['result']],
    [policies, set.counter('dane_relay_sts_fetches_total'), ['result']],
    [receipts, set.counter('dane_relay_receipts_total'), ['result']],
    [bySts, set.counter('dane_relay_sts_verdicts_total'), ['mode', 'verdict']],
    [sticky, set.counter('dane_relay_sticky_findings_total'), ['finding']],
    [triedOut, set.counter('dane_relay_what_if_total'), ['verdict']],
    [sessions, set.counter('dane_relay_sessions_total'), ['security']],
    [lookups, set.counter('dane_relay_lookups_total'), ['type', 'result']],
  ] as const;

  return {
    accepted: (tookMs) => accepted.observe(tookMs / 1000),
    routed: (tookMs) => routed.observe(tookMs / 1000),
    dialled: (tookMs, made) => dialled.observe({ result: made ? 'made' : 'failed' }, tookMs / 1000),
    secured: (tookMs) => secured.observe(tookMs / 1000),
    judged({ level, sts }, judgement) {
      if (isDane(level)) verdicts.add(verdictOf(judgement));
      if (sts !== undefined && judgement.sts !== undefined) bySts.add(sts.mode, stsVerdictOf(judgement.sts));
    },
    recordsLookedAt: (result) => watches.add(result),
    receipts(result, count) {
      for (let counted = 0; counted < count; counted += 1) receipts.add(result);
    },
    policyFetched: (result) => policies.add(result),
    stickyFound: (finding) => sticky.add(finding),
    triedOut: (verdict) => triedOut.add(verdict),
    opened: (security) => sessions.add(security),
    lookedUp: (type, answer) => lookups.add(type, resultOf(answer)),
    resolved: (tookMs) => resolved.observe(tookMs / 1000),
    redisLooked: (tookMs) => looked.observe(tookMs / 1000),
    show() {
      for (const [tally, counter, labels] of shown) tally.show(counter, labels);
    },
  };
}

function verdictOf({ ok, cause, proof }: Judgement): string {
  if (!ok) return cause ?? 'other';
  return proof?.record?.usage === usages.daneEe ? 'matched DANE-EE' : 'matched DANE-TA';
}

/** The words of RFC 8460 §4.3. */
function stsVerdictOf(result: StsResult): string {
  return result.kind === 'success' ? 'success' : result.type;
}

function resultOf(answer: Answer<unknown>): string {
  if (answer.kind === 'failed') return answer.cause;
  const signed = answer.secure ? 'signed' : 'unsigned';
  return answer.kind === 'found' ? signed : `none, ${signed}`;
}
