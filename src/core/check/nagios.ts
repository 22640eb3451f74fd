import { oneLine } from '../mail/printable.ts';
import { daysLeft, judgedAt, type Expiry } from './dates.ts';
import type { CheckReport, ShownAddress, Verdict } from './report.ts';
import { addressesOf } from './verdict.ts';

/** Days of a certificate from which on somebody is told. */
export interface DayLimits {
  readonly warning: number;
  readonly critical: number;
  /** Also where nothing depends on the dates of a certificate. */
  readonly always: boolean;
}

export interface PluginResult {
  /** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
  readonly exitCode: 0 | 1 | 2 | 3;
  /** The first is the status with performance data, and shorter than 1,024 octets; the others explain it. */
  readonly lines: readonly string[];
}

const statuses = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/** Old collectors cut a line at 1,024 octets, and the performance data comes last. */
const LONGEST_TEXT = 600;
const LONGEST_LINE = 1_000;
const MOST_LINES = 20;

/** Mail is delivered without protection, which is no reason to wake somebody up; what somebody can look into is. */
const severity: Readonly<Record<Verdict, PluginResult['exitCode']>> = {
  protected: 0,
  unprotected: 1,
  fails: 2,
  unknown: 3,
};

/** A report in the form of the monitoring plugins: `DANE OK - good.example: … | addresses=1;;;0 …` */
export function pluginResult(report: CheckReport, limits: DayLimits): PluginResult {
  const all = addressesOf(report);
  const expiry = firstExpiry(all, judgedAt(report));
  const byDate = severityOf(expiry, limits);
  const byVerdict = severity[report.verdict];
  const exitCode = byVerdict === 0 ? byDate : byVerdict;
  const failing = all.filter(({ verdict }) => verdict === 'fails').length;
  const data = [
    `addresses=${all.length};;;0`,
    `failing=${failing};0;0;0`,
    ...(expiry === undefined ? [] : [daysData(expiry, limits)]),
    `time=${report.seconds.toFixed(2)}s;;;0`,
  ];
  const text = clean(textOf(report, expiry, byVerdict === 0 && byDate > 0)).slice(0, LONGEST_TEXT);
  return {
    exitCode,
    lines: [`DANE ${statuses[exitCode]} - ${text} | ${data.join(' ')}`, ...details(report)],
  };
}

/** Where no report came about: the settings or the command line are wrong, or it took too long. */
export function pluginTrouble(text: string, seconds: number): PluginResult {
  const line = `DANE UNKNOWN - ${clean(text).slice(0, LONGEST_TEXT)} | addresses=0;;;0 failing=0;0;0;0 time=${seconds.toFixed(2)}s;;;0`;
  return { exitCode: 3, lines: [line] };
}

function textOf(report: CheckReport, expiry: Expiry | undefined, isAboutDate: boolean): string {
  const { verdict, destination, resolver, trouble } = report;
  const all = addressesOf(report);
  const days =
    expiry === undefined ? '' : `, certificate ${expiry.days < 0 ? 'expired' : `${expiry.days} days`}`;
  if (!resolver.validates) return `resolver ${resolver.name} does not validate DNSSEC`;
  if (trouble !== undefined) return `${destination}: ${trouble.reason}`;
  if (verdict === 'protected') {
    const what = isAboutDate
      ? 'a certificate is about to expire'
      : `${all.length}/${all.length} addresses match`;
    return `${destination}: ${what}${days}`;
  }
  const worst = report.hosts
    .flatMap((host) => host.addresses.map((address) => ({ host, address })))
    .find(({ address }) => address.verdict === verdict);
  if (worst === undefined) {
    const host = report.hosts.find(({ problem }) => problem !== undefined);
    return host === undefined ? report.summary : `${host.name}: ${host.problem ?? ''}`;
  }
  const { host, address } = worst;
  return `${host.name}[${address.address}]: ${address.reason}`;
}

function details({ hosts, summary }: CheckReport): readonly string[] {
  const lines = hosts.flatMap(({ name, addresses }) =>
    addresses.map(
      ({ address, port, verdict, reason }) => `${name}[${address}]:${port}: ${verdict}: ${reason}`,
    ),
  );
  return [summary, ...lines.slice(0, MOST_LINES)].map((line) => clean(line).slice(0, LONGEST_LINE));
}

/** The bar separates performance data; everything beside ASCII takes more than an octet. */
function clean(text: string): string {
  return oneLine(text)
    .replaceAll('|', '/')
    .replaceAll(/[^\x20-\x7e]/g, '?');
}

/** The first to expire, those first on which something depends. */
function firstExpiry(addresses: readonly ShownAddress[], at: number): Expiry | undefined {
  const all = addresses.flatMap((address) => daysLeft(address, at) ?? []);
  const counting = all.some(({ matters }) => matters) ? all.filter(({ matters }) => matters) : all;
  return counting.toSorted((a, b) => a.days - b.days)[0];
}

function severityOf(
  expiry: Expiry | undefined,
  { warning, critical, always }: DayLimits,
): PluginResult['exitCode'] {
  if (expiry === undefined || !(expiry.matters || always)) return 0;
  if (expiry.days < critical) return 2;
  return expiry.days < warning ? 1 : 0;
}

function daysData({ days, matters }: Expiry, { warning, critical, always }: DayLimits): string {
  return matters || always ? `days=${days};${warning}:;${critical}:;;` : `days=${days};;;;`;
}
