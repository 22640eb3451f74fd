import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log } from '../core/log/log-event.ts';
import { readCounts, sumOf, type DayCounts } from '../core/tlsrpt/counts.ts';
import { nextTry, readProgress, startProgress, stillToReach } from '../core/tlsrpt/delivery-plan.ts';
import type { ReportProgress } from '../core/tlsrpt/delivery-plan.ts';
import { reportIdOf, reportText, submitterDomain, type Submitter } from '../core/tlsrpt/report.ts';
import { addressText, type ReportAddress } from '../core/tlsrpt/report-record.ts';
import { reportDropped, reportNotTaken, reportSent, type Subject } from './log-lines.ts';
import type { Posted } from './post-report.ts';
import type { KnownWish } from './wishes.ts';

/** What is stored of a domain and a day, given to nobody else for a while. */
export interface TakenReport {
  /** `DAY DOMAIN` */
  readonly name: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Where sessions are counted. Calls reject while the store is away. */
export interface ReportStore {
  takeReport(wanted: {
    readonly now: number;
    readonly leaseMs: number;
    readonly token: string;
  }): Promise<TakenReport | undefined>;
  settleReport(settled: {
    readonly name: string;
    readonly token: string;
    readonly again?: { readonly at: number; readonly progress: string };
  }): Promise<boolean>;
  /** Domains and addresses that get no reports. */
  suppressed(): Promise<ReadonlyMap<string, unknown>>;
}

/** A report about TLS that is ready to go. */
export interface ReadyReport {
  readonly counts: DayCounts;
  readonly reportId: string;
  /** The part of it that is no other's. */
  readonly unique: string;
  readonly gzip: Buffer;
}

export interface SendPorts {
  readonly store: ReportStore;
  readonly submitter: Submitter;
  readonly wishOf: (domain: string) => Promise<KnownWish>;
  /** `no key`: nothing can sign it, and so it does not go by mail. Rejects while the queue takes nothing. */
  readonly mail: (to: string, report: ReadyReport) => Promise<'queued' | 'no key'>;
  readonly post: (url: string, gzip: Buffer) => Promise<Posted>;
  readonly log: Log;
  readonly now: () => number;
}

export interface ReportSender {
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 5_000;
/** Longer than all addresses of a report may take. */
const LEASE_MS = 300_000;
const AT_ONCE = 4;

const compress = promisify(gzip);

/** Sends reports when they are due, until it is stopped. Several processes may do so with one store. */
export function sendReports(ports: SendPorts): ReportSender {
  const stopping = new AbortController();
  const loops = Array.from({ length: AT_ONCE }, () => serve(ports, stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function serve(ports: SendPorts, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    // The store is away, and says so itself: the lease of the report ends, and it is taken again.
    const isFound = await sendNext(ports).catch(() => false);
    if (!isFound) await sleep(LOOK_EVERY_MS, undefined, { signal: stopping, ref: false }).catch(() => {});
  }
}

/** Sends one report that is due; false if none is. */
export async function sendNext(ports: SendPorts): Promise<boolean> {
  const { store, now } = ports;
  const token = randomBytes(8).toString('hex');
  const taken = await store.takeReport({ now: now(), leaseMs: LEASE_MS, token });
  if (taken === undefined) return false;
  const { name } = taken;
  const again = await sendTaken(taken, token, ports);
  await store.settleReport({ name, token, ...(again !== undefined && { again }) });
  return true;
}

type Again = { readonly at: number; readonly progress: string } | undefined;

/** Resolves to when it is tried again; undefined if that is all. */
async function sendTaken({ name, fields }: TakenReport, token: string, ports: SendPorts): Promise<Again> {
  const { store, submitter, wishOf, log, now } = ports;
  const [day = '', domain = ''] = name.split(' ');
  const subject: Subject = { day, domain };
  const counts = readCounts(day, domain, fields);
  if (counts.policies.length === 0) return undefined;
  const suppressed = await store.suppressed();
  if (suppressed.has(domain)) return dropped(subject, 'suppressed', log);
  const before = readProgress(fields.get('progress') ?? '') ?? startProgress(now());
  const wish = await wishOf(domain);
  if (wish.kind === 'unknown')
    return later(subject, before, [], `the record of ${domain}`, wish.detail, ports);
  if (wish.kind === 'none') return dropped(subject, wish.reason, log);

  const unique = fields.get('name') ?? token;
  const reportId = reportIdOf(counts, unique, submitterDomain(submitter));
  const octets = await compress(Buffer.from(reportText(counts, submitter, reportId)));
  const report = { counts, reportId, unique, gzip: octets };
  const done: string[] = [];
  let trouble: { readonly to: string; readonly why: string } | undefined;
  for (const address of stillToReach(wish.addresses, before)) {
    const to = addressText(address);
    const came = suppressed.has(nameOf(address)) ? 'suppressed' : await bring(address, report, ports);
    if (came === 'taken') log(reportSent(subject, to, { reportId, ...sumOf(counts) }));
    if (came === 'suppressed' || came === 'no key') log(reportDropped(subject, `${to}: ${came}`));
    if (typeof came === 'string') done.push(to);
    else trouble = { to, why: came.why };
  }
  return trouble && later(subject, before, done, trouble.to, trouble.why, ports);
}

/** As operators suppress it. */
function nameOf(address: ReportAddress): string {
  return address.kind === 'mailto' ? address.mailbox : address.url;
}

async function bring(
  address: ReportAddress,
  report: ReadyReport,
  { mail, post }: Pick<SendPorts, 'mail' | 'post'>,
): Promise<'taken' | 'no key' | { readonly why: string }> {
  if (address.kind === 'mailto') {
    const came = await mail(address.mailbox, report);
    return came === 'queued' ? 'taken' : came;
  }
  const posted = await post(address.url, report.gzip);
  if ('problem' in posted) return { why: posted.problem };
  // RFC 8460 §5.4, §5.5: a redirection is no success.
  return posted.status >= 200 && posted.status < 300 ? 'taken' : { why: `answers ${posted.status}` };
}

function dropped(subject: Subject, why: string, log: Log): undefined {
  log(reportDropped(subject, why));
  return undefined;
}

function later(
  subject: Subject,
  before: ReportProgress,
  done: readonly string[],
  to: string,
  why: string,
  { log, now }: Pick<SendPorts, 'log' | 'now'>,
): Again {
  const at = nextTry(before, now());
  log(reportNotTaken(subject, to, why, at));
  if (at === undefined) return undefined;
  const progress = { ...before, attempts: before.attempts + 1, done: [...before.done, ...done] };
  return { at, progress: JSON.stringify(progress) };
}
