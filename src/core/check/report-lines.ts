import { oneLine } from '../mail/printable.ts';
import { daysUntil, judgedAt } from './dates.ts';
import type {
  CheckReport,
  ShownAddress,
  ShownCertificate,
  ShownDiagnosis,
  ShownHost,
  ShownLookup,
  ShownRecord,
  ShownTlsa,
  Verdict,
} from './report.ts';
import { stsLines } from './sts-view.ts';
import { deliveryText } from './summary.ts';

export interface LineStyle {
  /** Long hexadecimal numbers are shown by their ends. */
  readonly short: boolean;
  /** With the colours of a terminal. */
  readonly color: boolean;
}

const words: Readonly<Record<Verdict, { readonly word: string; readonly color: number }>> = {
  protected: { word: 'pass', color: 32 },
  fails: { word: 'FAIL', color: 31 },
  unknown: { word: 'unknown', color: 33 },
  unprotected: { word: 'not protected', color: 33 },
};

/** The whole of a report for people, the summary last. */
export function reportLines(report: CheckReport, style: LineStyle): readonly string[] {
  const lines = [
    resolverLine(report),
    ...lookupsOf(report),
    ...(report.resolver.validates ? [] : notJudged(report)),
    ...diagnosisLines(report.diagnosis, '  '),
    ...stsLines(report.sts),
    ...report.delivery.map((one) => `level ${one.level} (${one.origin}): ${deliveryText(one, report.hosts)}`),
    ...report.notes.map((note) => `note: ${note}`),
    report.summary,
  ];
  return lines.map((line) => painted(finished(line, style), report.verdict, style));
}

function finished(line: string, { short }: LineStyle): string {
  const shown = oneLine(line);
  return short ? shown.replaceAll(/\b([0-9a-fA-F]{8})[0-9a-fA-F]{26,}([0-9a-fA-F]{6})\b/g, '$1...$2') : shown;
}

function painted(line: string, verdict: Verdict, { color }: LineStyle): string {
  if (!color) return line;
  for (const one of Object.values(words))
    if (line.startsWith('  ') && line.includes(`]:`) && line.includes(`: ${one.word}: `))
      return line.replace(`: ${one.word}: `, `: \u001b[${one.color}m${one.word}\u001b[0m: `);
  return line.startsWith(' ') || !/^\S+: (?:protected|DANE|not|cannot|there is)/.test(line)
    ? line
    : `\u001b[1;${words[verdict].color}m${line}\u001b[0m`;
}

function resolverLine({ resolver: { validates, name, probe, reason } }: CheckReport): string {
  if (!validates) return `resolver ${name} does NOT validate: ${reason}`;
  return probe === undefined
    ? `resolver ${name} is believed`
    : `resolver ${name} validates ("${probe}" AD=1)`;
}

function notJudged({ lookups }: CheckReport): readonly string[] {
  const why = lookups.length === 0 ? '' : ' without validation every domain looks unsigned.';
  return [`cannot judge:${why} Nothing was connected to.`, '  what to do: dane-relay doctor'];
}

/** The answers, those about a host above what it has shown. */
function lookupsOf(report: CheckReport): readonly string[] {
  const { hosts, lookups } = report;
  const taken = new Set<ShownLookup>();
  const hostLines = hosts.flatMap((host) => {
    const about = lookups.filter((one) => isAbout(one, host));
    for (const one of about) taken.add(one);
    const none = host.addresses.length === 0 ? 'no address to ask' : undefined;
    const problem = host.problem ?? none;
    const head = problem === undefined ? [] : [`  ${host.name}: ${problem}`];
    return [
      ...about.flatMap(({ lines }) => lines),
      ...head,
      ...host.addresses.flatMap((address) => addressLines(host, address, judgedAt(report))),
    ];
  });
  const first = lookups.filter((one) => !taken.has(one)).flatMap(({ lines }) => lines);
  return [...first, ...hostLines];
}

function diagnosisLines(diagnosis: ShownDiagnosis | undefined, margin: string): readonly string[] {
  if (diagnosis === undefined) return [];
  return [
    `likely cause: ${diagnosis.cause}`,
    ...diagnosis.publish.map((line) => `for what it shows now: ${line}`),
    ...diagnosis.advice.map((line) => `what to do: ${line}`),
  ].map((line) => `${margin}${line}`);
}

function isAbout({ name, type }: ShownLookup, { name: host, addresses }: ShownHost): boolean {
  if (type === 'MX') return false;
  if (name === host) return true;
  const bases = [
    host,
    ...addresses.flatMap(({ tlsa }) => (tlsa.kind === 'records' ? [tlsa.baseDomain] : [])),
  ];
  return type === 'TLSA' && bases.some((base) => name.endsWith(`._tcp.${base}`));
}

function addressLines(host: ShownHost, address: ShownAddress, at: number): readonly string[] {
  const { verdict, session, tlsa, diagnosis, trouble, serverName, referenceNames } = address;
  const peer = `${host.name}[${address.address}]:${address.port}`;
  const chain = session?.chain ?? [];
  const records = tlsa.kind === 'records' ? tlsa.records : [];
  return [
    `  ${peer}: ${words[verdict].word}: ${headline(address)}`,
    ...(session?.greeting === undefined ? [] : [`    greeting: ${session.greeting}`]),
    ...(session === undefined || session.ehlo.length === 0 ? [] : [`    EHLO: ${session.ehlo.join(', ')}`]),
    ...(session === undefined ? [] : [`    STARTTLS: ${session.startTls}`]),
    ...(session === undefined || session.ehloInTls.length === 0
      ? []
      : [`    EHLO in TLS: ${session.ehloInTls.join(', ')}`]),
    ...(serverName === undefined || session?.startTls !== 'accepted' ? [] : [`    SNI: ${serverName}`]),
    ...(referenceNames.length === 0 || !records.some(({ usage }) => usage === 2)
      ? []
      : [`    names that count: ${referenceNames.join(', ')}`]),
    ...(session?.lines ?? []).map((line) => `    ${line}`),
    ...(trouble === undefined ? [] : [`    ${trouble.dsn} ${trouble.reason}`]),
    ...chain.flatMap((one) => certificateLines(one, records, at)),
    ...records.map((record) => `    record ${recordText(record)}: ${worth(record, chain.length > 0)}`),
    ...diagnosisLines(diagnosis, '    '),
  ];
}

function headline({ verdict, reason, tlsa }: ShownAddress): string {
  const record = verdict === 'protected' ? matching(tlsa) : undefined;
  if (record === undefined) return reason;
  const { usage, selector, matching: digest, matches } = record;
  const what = usage === 3 ? "the server's" : "the issuer's";
  const part = selector === 1 ? 'key' : 'certificate';
  return `TLSA ${usage} ${selector} ${digest} matches ${what} ${part} (depth ${matches[0] ?? 0})`;
}

function matching(tlsa: ShownTlsa): ShownRecord | undefined {
  if (tlsa.kind !== 'records') return undefined;
  const counting = tlsa.records.filter(({ usable, suppressed }) => usable && !suppressed);
  return (
    counting.find(({ usage, matches }) => usage === 3 && matches.includes(0)) ??
    counting.find(({ usage, matches }) => usage === 2 && matches.length > 0)
  );
}

function certificateLines(
  { depth, subject, issuer, names, notBefore, notAfter, sha256, keySha256, refused }: ShownCertificate,
  records: readonly ShownRecord[],
  at: number,
): readonly string[] {
  const dates =
    notBefore === undefined || notAfter === undefined
      ? ''
      : `, from ${day(notBefore)} until ${day(notAfter)} (${daysText(daysUntil(notAfter, at))})`;
  const who =
    subject === '' && issuer === '' ? 'cannot be read' : `${subject || '(no subject)'} issued by ${issuer}`;
  return [
    `    depth ${depth}: ${who}${dates}`,
    ...(names.length === 0 ? [] : [`      names ${names.join(', ')}`]),
    `      cert sha256 ${sha256}${matchText(records, depth, 0)}`,
    ...(keySha256 === undefined ? [] : [`      pkey sha256 ${keySha256}${matchText(records, depth, 1)}`]),
    ...(refused === undefined ? [] : [`      it says this; we refuse it because ${refused}`]),
  ];
}

/** ` [matched] <- 3 1 1 0dbc…`, where a record is about this part of this certificate. */
function matchText(records: readonly ShownRecord[], depth: number, selector: number): string {
  const about = records.filter(
    (record) =>
      record.selector === selector && record.usable && (record.usage === 3 ? depth === 0 : depth > 0),
  );
  const matched = about.find(({ matches }) => matches.includes(depth));
  if (matched !== undefined) return ` [matched] <- ${recordText(matched)}`;
  return about.length === 0 || (depth > 0 && about.some(({ matches }) => matches.length > 0))
    ? ''
    : ' [nomatch]';
}

function recordText({ usage, selector, matching: digest, data }: ShownRecord): string {
  return `${usage} ${selector} ${digest} ${data}`;
}

/** What a record counts for, RFC 7671 §9 included. */
function worth({ usable, reason, says, suppressed, matches, usage }: ShownRecord, isShown: boolean): string {
  if (!usable) {
    const whose = says === undefined ? '' : `; it says ${says}, and we refuse it because of that`;
    return `unusable: ${reason ?? ''}${whose}`;
  }
  const match =
    matches.length > 0
      ? `matches depth ${matches.join(', ')}`
      : isShown
        ? 'matches nothing that was shown'
        : 'usable; nothing was shown';
  const wrong =
    usage === 3 && matches.length > 0 && !matches.includes(0) ? ', but counts only at depth 0' : '';
  return suppressed ? `suppressed by a stronger digest (RFC 7671 §9); ${match}` : `${match}${wrong}`;
}

function day(time: string): string {
  return time.slice(0, 10);
}

function daysText(days: number): string {
  return days < 0 ? 'expired' : days === 1 ? '1 day' : `${days} days`;
}
