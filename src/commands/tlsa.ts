import { has, type Command } from '../cli/arguments.ts';
import type { tlsaCommands } from '../cli/families/tlsa.ts';
import { hint } from '../cli/slips.ts';
import { recordJson, recordLines } from '../cli/tlsa-record-lines.ts';
import { rolloverExit, rolloverJson, rolloverLines } from '../cli/tlsa-rollover-report.ts';
import { oneHost, readSubject, type Subject } from '../cli/tlsa-subject.ts';
import { verifyExit, verifyJson, verifyLines } from '../cli/tlsa-verify-report.ts';
import { kindsWanted, readWishes, type TlsaWishes } from '../cli/tlsa-wishes.ts';
import { certificateWords, keyWords, type HexStyle } from '../cli/tlsa-words.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Config } from '../config/config.ts';
import { ownerOf } from '../core/dane/record-text.ts';
import { isSameRecord } from '../core/dane/make-record.ts';
import { printable } from '../core/mail/printable.ts';
import { adviceOn } from '../core/tlsa/advice.ts';
import { compareRecords } from '../core/tlsa/compare.ts';
import { recordsFor } from '../core/tlsa/record-for.ts';
import { planRollover } from '../core/tlsa/rollover.ts';
import type { Shown } from '../core/tlsa/shown.ts';
import type { TlsaWatch, WatchedHost } from '../daemon/tlsa-watch.ts';
import { EX_DATAERR, EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof tlsaCommands, Runner>> = {
  async tlsa(command, here) {
    const config = configOf(command.settings, here.environment);
    const task = { wishes: readWishes(command), here, config, style: hexStyle() };
    const subjects = command.operands.map((one) => readSubject(one, task.wishes, config.delivery.port));
    if (has(command, 'rollover')) return rollover(twoOf(subjects, command), task);
    const work = has(command, 'verify') ? verify : make;
    const codes: number[] = [];
    for (const subject of subjects) codes.push(await work(subject, task));
    // A host that is wrong says more than one that could not be asked.
    return codes.find((code) => code === 1) ?? Math.max(...codes);
  },
};

interface Task {
  readonly wishes: TlsaWishes;
  readonly here: Here;
  readonly config: Config;
  readonly style: HexStyle;
}

function hexStyle(): HexStyle {
  return process.stdout.isTTY ? 'short' : 'whole';
}

async function make(subject: Subject, task: Task): Promise<number> {
  if (subject.kind === 'host') return makeOfHost(subject, task);
  const { file, holds, shown, hosts, port } = subject;
  if (hosts.length === 0) oneHost(subject);
  const words = certificateWords(shown) ?? (holds === 'request' ? 'a request for a certificate' : 'a key');
  const about = [
    `from ${file}: ${words}, ${keyWords(shown, 'whole')}`,
    ...(hosts.length > 1
      ? [`the certificate shows ${hosts.length} names: take the lines of those that are mail hosts`]
      : []),
  ];
  const owners = hosts.map((host) => ownerOf(host, port));
  return printRecords({ from: file, shown, owners, host: hosts[0], port, about }, task);
}

async function makeOfHost(subject: Extract<Subject, { kind: 'host' }>, task: Task): Promise<number> {
  return watching(task, async (watch) => {
    const found = await watch.host(subject);
    const { published, unproved, shown, troubles } = found;
    for (const text of troubles) task.here.warn(printable(text));
    if (shown.length === 0) {
      if (published.kind === 'failed') task.here.warn(printable(published.detail));
      else if (troubles.length === 0) task.here.warn(`${subject.host} has no address`);
      return EX_TEMPFAIL;
    }
    const codes = distinct(shown).map(({ from, shown: one }) => {
      const { made } = recordsFor(kindsWanted(task.wishes), one, watch.nowMs);
      const about = [`from the certificate that ${from} shows; ${comparedWords(made, found)}`];
      const place = { host: subject.host, port: subject.port, owners: [published.owner] };
      return printRecords({ from, shown: one, about, ...place }, task);
    });
    // Whoever copies a record should know that others will not believe it.
    if (unproved !== undefined) task.here.warn(printable(unproved));
    return Math.max(...codes);
  });
}

/** Addresses that show the same are one. */
function distinct(shown: WatchedHost['shown']): readonly { readonly from: string; readonly shown: Shown }[] {
  const byOwn = new Map<string, { from: string; shown: Shown }>();
  for (const { from, shown: each } of shown) {
    const key = Buffer.from(each.chain[0] ?? []).toString('latin1');
    const known = byOwn.get(key);
    byOwn.set(key, { from: known === undefined ? from : `${known.from}, ${from}`, shown: each });
  }
  return [...byOwn.values()];
}

function comparedWords(
  made: ReturnType<typeof recordsFor>['made'],
  { published, unproved }: Pick<WatchedHost, 'published' | 'unproved'>,
): string {
  if (published.kind === 'failed') return 'what is published could not be looked up';
  if (published.kind === 'none')
    return published.signed ? 'nothing is published' : 'nothing is published, and the zone is not signed';
  const isThere = made.every(({ record }) => published.records.some((one) => isSameRecord(one, record)));
  const words = isThere ? 'matches what is published' : 'differs from what is published';
  if (unproved !== undefined) return `${words}, of which this resolver cannot tell whether it is signed`;
  return published.signed ? words : `${words}, which is not signed`;
}

interface Made {
  readonly from: string;
  readonly shown: Shown;
  readonly owners: readonly string[];
  readonly host: string | undefined;
  readonly port: number;
  readonly about: readonly string[];
}

function printRecords({ from, shown, owners, host, port, about }: Made, { wishes, here }: Task): number {
  const nowMs = Date.now();
  const { made, problems } = recordsFor(kindsWanted(wishes), shown, nowMs);
  const facts = { shown, nowMs, beside: made, ...(host !== undefined && { host }) };
  const advice = made.flatMap((one) => adviceOn(one, facts));
  if (wishes.json) {
    const records = made.map(recordJson);
    here.print(JSON.stringify({ schema: 1, from, port, owners, records, warnings: advice, problems }));
  } else {
    const sheet = { about: about.map(printable), owners, records: made, advice };
    for (const line of recordLines(sheet, wishes)) here.print(line);
    if (wishes.format === 'powerdns') for (const text of advice) here.warn(`warning: ${text}`);
  }
  // With --all it is no fault that some cannot be made.
  const isFault = problems.length > 0 && made.length === 0;
  if (!wishes.json && isFault) for (const text of problems) here.warn(text);
  return isFault ? EX_DATAERR : EX_OK;
}

async function verify(subject: Subject, task: Task): Promise<number> {
  const { wishes, here, style } = task;
  return watching(task, async (watch) => {
    const found =
      subject.kind === 'host'
        ? await watch.host(subject)
        : await watch.file(oneHost(subject), subject.port, { from: subject.file, shown: subject.shown });
    const { published, shown } = found;
    const { nowMs } = watch;
    const host = subject.kind === 'host' ? subject.host : oneHost(subject);
    const records = published.kind === 'records' ? published.records : [];
    const comparison =
      published.kind === 'failed'
        ? undefined
        : compareRecords(records, shown, published.baseDomain, nowMs, wishes.kinds);
    const verification = {
      ...found,
      host,
      port: subject.port,
      nowMs,
      ...(comparison !== undefined && { comparison }),
    };
    if (wishes.json) here.print(JSON.stringify(verifyJson(verification)));
    else for (const line of verifyLines(verification, style)) here.print(line);
    return verifyExit(verification);
  });
}

async function rollover([old, next]: readonly [Subject, Subject], task: Task): Promise<number> {
  const { wishes, here } = task;
  const host = hostOf(old, next);
  return watching(task, async (watch) => {
    const [before, after] = [await watch.shows(old), await watch.shows(next)];
    const { published, unproved } = await watch.published(host, old.port);
    const { nowMs } = watch;
    const doubts = [
      ...(published.kind === 'failed' ? [published.detail] : []),
      ...(unproved === undefined ? [] : [unproved]),
      ...(published.kind === 'records' && !published.signed
        ? [`${published.owner} is not in a signed zone`]
        : []),
      ...[before, after].flatMap((one) => ('trouble' in one ? [one.trouble] : [])),
    ];
    const plan =
      doubts.length > 0 || 'trouble' in before || 'trouble' in after
        ? ({ kind: 'unknown', problems: doubts } as const)
        : planRollover({
            host: published.baseDomain,
            published: published.kind === 'records' ? published.records : [],
            old: before.shown,
            next: after.shown,
            nowMs,
          });
    const planned = { host, port: old.port, old: before.from, next: after.from, published, plan, nowMs };
    if (wishes.json) here.print(JSON.stringify(rolloverJson(planned)));
    else for (const line of rolloverLines(planned)) here.print(line);
    return rolloverExit(planned);
  });
}

function twoOf(
  subjects: readonly Subject[],
  { operands }: Pick<Command, 'operands'>,
): readonly [Subject, Subject] {
  const [old, next, ...more] = subjects;
  if (old !== undefined && next !== undefined && more.length === 0) return [old, next];
  throw new UsageError(
    `--rollover takes what is shown now, and what shall be: not ${operands.length} operands.${hint('tlsa')}`,
  );
}

/** The mail host: that of the operand that is one, or the one that a file names. */
function hostOf(...subjects: readonly [Subject, Subject]): string {
  const named = subjects.find((subject) => subject.kind === 'host');
  if (named !== undefined) return named.host;
  const files = subjects.flatMap((subject) => (subject.kind === 'file' ? [subject] : []));
  const [only = files[0]] = files.filter(({ hosts }) => hosts.length === 1);
  if (only === undefined) throw new Error('neither a host nor a file');
  return oneHost(only);
}

async function watching({ config }: Task, work: (watch: TlsaWatch) => Promise<number>): Promise<number> {
  const { withTlsaWatch } = await import('../daemon/tlsa-watch.ts');
  return withTlsaWatch(config, work);
}
