import { dayText } from '../core/time/moment-text.ts';
import { printable } from '../core/mail/printable.ts';
import { readCounts, sumOf, type DayCounts, type PolicyCounts } from '../core/tlsrpt/counts.ts';
import { readProgress } from '../core/tlsrpt/delivery-plan.ts';
import { isCounting } from '../core/tlsrpt/report-day.ts';
import { readReportUri, addressText } from '../core/tlsrpt/report-record.ts';
import type { Queue } from '../queue/open-queue.ts';
import { countText } from '../core/mail/count-text.ts';
import { parseDomainName } from '../core/dns/name.ts';
import { toALabels } from '../core/mail/address.ts';

type Print = (line: string) => boolean;
type Reports = Pick<Queue, 'tlsReports'>;

/** Days of domains that are shown. */
const MOST_SHOWN = 10_000;
const DAYS_KEPT = 8;
const DAY_MS = 24 * 3_600_000;

/** What waits of these domains; of all if none is named. */
async function waitingOf({ tlsReports }: Reports, domains: readonly string[]) {
  const wanted = new Set(domains.map(domainName));
  const waiting = await tlsReports.waiting(MOST_SHOWN);
  return waiting
    .map(({ name, dueAt }) => {
      const [day = '', domain = ''] = name.split(' ');
      return { name, day, domain, dueAt };
    })
    .filter(({ domain }) => wanted.size === 0 || wanted.has(domain));
}

/** As it is stored: an operator may write it in any letters. */
function domainName(text: string): string {
  const name = text.replace(/\.$/, '');
  return toALabels(name) ?? parseDomainName(name) ?? name.toLowerCase();
}

/** False if there is nothing of a domain that was named. */
export async function showReports(
  queue: Reports,
  domains: readonly string[],
  { json, now, print }: { readonly json: boolean; readonly now: number; readonly print: Print },
): Promise<boolean> {
  const shown = new Set<string>();
  for (const { name, day, domain, dueAt } of await waitingOf(queue, domains)) {
    const stored = await queue.tlsReports.counts(name);
    if (stored === undefined) continue;
    const counts = readCounts(day, domain, stored.fields);
    const attempts = readProgress(stored.fields.get('progress') ?? '')?.attempts ?? 0;
    const lines = json
      ? [JSON.stringify(record(counts, dueAt, attempts))]
      : [summaryLine(counts, dueAt, attempts), ...(domains.length === 0 ? [] : detailLines(counts))];
    shown.add(domain);
    if (!lines.every((line) => print(json ? line : printable(line)))) return true;
  }
  if (!json) {
    await showLeftOut(queue, now, print);
    if (shown.size === 0) print('Nothing is counted for reports about TLS');
  }
  return domains.every((domain) => shown.has(domainName(domain)));
}

/** Of the days that anything is kept of, also where all their reports were sent. */
async function showLeftOut({ tlsReports }: Reports, now: number, print: Print): Promise<void> {
  for (let age = DAYS_KEPT; age >= 0; age -= 1) {
    const day = dayText(now - age * DAY_MS);
    const sessions = await tlsReports.leftOut(day);
    if (sessions > 0)
      print(
        `${day}: ${countText(sessions, 'session')} found no room or came too late, and will not be reported`,
      );
  }
}

function record(counts: DayCounts, dueAt: number, attempts: number): object {
  const { day, domain, policies } = counts;
  return {
    schema: 1,
    domain,
    day,
    dueAt: new Date(dueAt).toISOString(),
    attempts,
    ...sumOf(counts),
    policies,
  };
}

function summaryLine(counts: DayCounts, dueAt: number, attempts: number): string {
  const { successes, failures } = sumOf(counts);
  const tried = attempts === 0 ? '' : `, tried ${countText(attempts, 'time')}`;
  return `${counts.day} ${counts.domain}: ${successes} sessions well, ${failures} failed, due ${new Date(dueAt).toISOString()}${tried}`;
}

function detailLines({ policies }: DayCounts): readonly string[] {
  return policies.flatMap(({ policy, successes, failures, faults }) => [
    `    ${word(policy, 'policy-type')} of ${word(policy, 'policy-domain')}: ${successes} well, ${failures} failed`,
    ...faults.map(faultLine),
  ]);
}

function faultLine({ fault, count }: PolicyCounts['faults'][number]): string {
  const host = [word(fault, 'receiving-mx-hostname'), word(fault, 'receiving-ip')].filter(Boolean);
  const reason = word(fault, 'failure-reason-code');
  const where = host.length === 0 ? '' : ` at ${host.join(' ')}`;
  return `        ${count} ${word(fault, 'result-type')}${reason === '' ? '' : ` (${reason})`}${where}`;
}

function word(object: Readonly<Record<string, unknown>>, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

/** False if no report waits. */
export async function hastenReports(
  queue: Reports,
  domains: readonly string[],
  { now, print }: { readonly now: number; readonly print: Print },
): Promise<boolean> {
  let due = 0;
  for (const { name, day } of await waitingOf(queue, domains)) {
    if (isCounting(day, now)) continue;
    if (await queue.tlsReports.hastenReport({ name, now })) due += 1;
  }
  if (due === 0) print('No report waits: those of a day are there when it is over (UTC)');
  else print(`${countText(due, 'report')} due now; the log tells what becomes of them`);
  return due > 0;
}

/** False if it did not do everything. */
export async function suppressReports(
  { tlsReports }: Reports,
  names: readonly string[],
  {
    remove,
    json,
    now,
    print,
  }: { readonly remove: boolean; readonly json: boolean; readonly now: number; readonly print: Print },
): Promise<boolean> {
  if (names.length === 0) {
    const all = [...(await tlsReports.suppressed())];
    for (const [name, at] of all) {
      const since = new Date(at).toISOString();
      print(json ? JSON.stringify({ schema: 1, name, since }) : printable(`${name} since ${since}`));
    }
    if (all.length === 0 && !json) print('All get their reports');
    return true;
  }
  let isAll = true;
  for (const name of names.map(suppressedName)) {
    const isDone = remove ? await tlsReports.unsuppress(name) : await tlsReports.suppress(name, now);
    if (remove) print(printable(isDone ? `${name}: gets reports again` : `${name}: was not suppressed`));
    else print(printable(isDone ? `${name}: gets no reports` : `${name}: there are too many already`));
    isAll &&= isDone;
  }
  return isAll;
}

/** The form that is compared with the record of a domain. */
function suppressedName(text: string): string {
  const address = text.includes('@') && !text.includes(':') ? `mailto:${text}` : text;
  const read = readReportUri(address, 'any port');
  return read === undefined ? domainName(text) : addressText(read).replace(/^mailto:/, '');
}
