import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log, LogEvent } from '../core/log/log-event.ts';
import { readCounts, sumOf, type DayCounts } from '../core/tlsrpt/counts.ts';
import {
  doneMark,
  nextTry,
  readProgress,
  startProgress,
  stillToReach,
} from '../core/tlsrpt/delivery-plan.ts';
import type { ReportProgress } from '../core/tlsrpt/delivery-plan.ts';
import { reportIdOf, reportText, submitterDomain, type Submitter } from '../core/tlsrpt/report.ts';
import { addressText, type ReportAddress } from '../core/tlsrpt/report-record.ts';
import { reportDropped, reportNotTaken, reportSent, type Subject } from './log-lines.ts';
import type { Posted } from '../tls/web-post.ts';
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
  /** Those of these domains and addresses that get no reports. */
  suppressedOf(names: readonly string[]): Promise<ReadonlySet<string>>;
}

/** A report about TLS that is ready to go. */
export interface ReadyReport {
  readonly counts: DayCounts;
  readonly reportId: string;
  /** The part of it that is no other's. */
  readonly unique: string;
  readonly gzip: Buffer;
}

export interface NotNow {
  readonly why: string;
}

export interface SendPorts {
  readonly store: ReportStore;
  readonly submitter: Submitter;
  /** Rejects by abort only. */
  readonly wishOf: (domain: string, stopping: AbortSignal) => Promise<KnownWish>;
  /** `no key`: nothing can sign it, and so it never goes by mail. `why`: not now. */
  readonly mail: (to: string, report: ReadyReport) => Promise<'queued' | 'no key' | NotNow>;
  readonly post: (url: string, gzip: Buffer, stopping: AbortSignal) => Promise<Posted>;
  readonly log: Log;
  /** Told of all errors: those of a store that is away are no news, others are bugs. */
  readonly trouble: (error: unknown) => void;
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
    // The lease of the report ends, and it is taken again.
    const isFound = await sendNext(ports, stopping).catch((error: unknown) => {
      ports.trouble(error);
      return false;
    });
    if (!isFound) await sleep(LOOK_EVERY_MS, undefined, { signal: stopping, ref: false }).catch(() => {});
  }
}

/** Sends one report that is due; false if none is. */
export async function sendNext(ports: SendPorts, stopping: AbortSignal): Promise<boolean> {
  const { store, now, log } = ports;
  const token = randomBytes(8).toString('hex');
  const taken = await store.takeReport({ now: now(), leaseMs: LEASE_MS, token });
  if (taken === undefined) return false;
  const { name } = taken;
  const { again, line } = await sendTaken(taken, token, ports, stopping);
  await store.settleReport({ name, token, ...(again !== undefined && { again }) });
  // Nothing is said of what could not be stored: it is done once more.
  if (line !== undefined) log(line);
  return true;
}

interface Came {
  /** Absent: that is all. */
  readonly again?: { readonly at: number; readonly progress: string };
  readonly line?: LogEvent;
}

async function sendTaken(
  { name, fields }: TakenReport,
  token: string,
  ports: SendPorts,
  stopping: AbortSignal,
): Promise<Came> {
  const { store, submitter, log, now } = ports;
  const [day = '', domain = ''] = name.split(' ');
  const subject: Subject = { day, domain };
  const counts = readCounts(day, domain, fields);
  if (counts.policies.length === 0) return {};
  const isDropped = (await store.suppressedOf([domain])).has(domain);
  if (isDropped) return { line: reportDropped(subject, 'suppressed') };
  const before = readProgress(fields.get('progress') ?? '') ?? startProgress(now());
  const wish = await wishUnlessStopped(domain, ports, stopping);
  if (wish === 'stopped') return stopped(before, [], now());
  if (wish.kind === 'unknown')
    return later(subject, before, [], { to: `the record of ${domain}`, why: wish.detail }, now());
  if (wish.kind === 'none') return { line: reportDropped(subject, wish.reason) };

  const unique = fields.get('name') ?? token;
  const reportId = reportIdOf(counts, unique, submitterDomain(submitter));
  const octets = await compress(Buffer.from(reportText(counts, submitter, reportId)));
  const report = { counts, reportId, unique, gzip: octets };
  const addresses = stillToReach(wish.addresses, before);
  const suppressed = await store.suppressedOf(addresses.map(nameOf));
  const done: string[] = [];
  let trouble: Unreached | undefined;
  for (const address of addresses) {
    if (stopping.aborted) return stopped(before, done, now());
    const to = addressText(address);
    const isSuppressed = suppressed.has(nameOf(address));
    const came = isSuppressed ? 'suppressed' : await bring(address, report, ports, stopping);
    if (came === 'taken') log(reportSent(subject, to, { reportId, ...sumOf(counts) }));
    if (came === 'suppressed' || came === 'no key') log(reportDropped(subject, `${to}: ${came}`));
    if (typeof came === 'string') done.push(doneMark(address));
    else if (stopping.aborted) return stopped(before, done, now());
    else trouble = { to, why: came.why };
  }
  return trouble === undefined ? {} : later(subject, before, done, trouble, now());
}

async function wishUnlessStopped(
  domain: string,
  { wishOf }: Pick<SendPorts, 'wishOf'>,
  stopping: AbortSignal,
): Promise<KnownWish | 'stopped'> {
  try {
    return await wishOf(domain, stopping);
  } catch (error) {
    if (stopping.aborted) return 'stopped';
    throw error;
  }
}

/** As operators suppress it. */
function nameOf(address: ReportAddress): string {
  return address.kind === 'mailto' ? address.mailbox : address.url;
}

/** Never rejects: who has the report already is not to get it again because of another. */
async function bring(
  address: ReportAddress,
  report: ReadyReport,
  { mail, post, trouble }: Pick<SendPorts, 'mail' | 'post' | 'trouble'>,
  stopping: AbortSignal,
): Promise<'taken' | 'no key' | NotNow> {
  try {
    if (address.kind === 'mailto') {
      const came = await mail(address.mailbox, report);
      return came === 'queued' ? 'taken' : came;
    }
    const posted = await post(address.url, report.gzip, stopping);
    if ('problem' in posted) return { why: posted.problem };
    // RFC 8460 §5.4, §5.5: a redirection is no success.
    return posted.status >= 200 && posted.status < 300 ? 'taken' : { why: `answers ${posted.status}` };
  } catch (error) {
    if (!stopping.aborted) trouble(error);
    return { why: 'internal error' };
  }
}

interface Unreached {
  readonly to: string;
  readonly why: string;
}

function later(
  subject: Subject,
  before: ReportProgress,
  done: readonly string[],
  { to, why }: Unreached,
  now: number,
): Came {
  const at = nextTry(before, now);
  const line = reportNotTaken(subject, to, why, at);
  if (at === undefined) return { line };
  return { line, again: { at, progress: progressText(before, done, before.attempts + 1) } };
}

/** The end of this process is no failure of anybody: whoever comes next goes on at once. */
function stopped(before: ReportProgress, done: readonly string[], now: number): Came {
  return { again: { at: now, progress: progressText(before, done, before.attempts) } };
}

function progressText(before: ReportProgress, done: readonly string[], attempts: number): string {
  return JSON.stringify({ ...before, attempts, done: [...before.done, ...done] });
}
