import { oneLine } from '../mail/printable.ts';
import { daysLeft, judgedAt } from './dates.ts';
import type { CheckReport } from './report.ts';
import { addressesOf } from './verdict.ts';

const columns = [
  'destination',
  'verdict',
  'exit',
  'level',
  'mail',
  'addresses',
  'protected',
  'failing',
  'days',
  'seconds',
  'reason',
] as const;

export const csvHead = columns.join(',');

/** One line for each report (RFC 4180), in the order of `csvHead`. */
export function csvLine(report: CheckReport): string {
  const all = addressesOf(report);
  const count = (verdict: CheckReport['verdict']): number =>
    all.filter((one) => one.verdict === verdict).length;
  const days = all.flatMap((address) => daysLeft(address, judgedAt(report))?.days ?? []);
  const [first] = report.delivery;
  const fields: Readonly<Record<(typeof columns)[number], string | number>> = {
    destination: report.destination,
    verdict: report.verdict,
    exit: report.exitCode,
    level: first?.level ?? '',
    mail: first?.outcome ?? '',
    addresses: all.length,
    protected: count('protected'),
    failing: count('fails'),
    days: days.length === 0 ? '' : Math.min(...days),
    seconds: report.seconds,
    reason: reasonOf(report),
  };
  return columns.map((column) => field(fields[column])).join(',');
}

function reasonOf(report: CheckReport): string {
  const { resolver, trouble, verdict } = report;
  if (!resolver.validates) return 'the resolver does not validate';
  const address = addressesOf(report).find((one) => one.verdict === verdict);
  const problem = report.hosts.find((host) => host.problem !== undefined)?.problem;
  return trouble?.reason ?? address?.reason ?? problem ?? '';
}

/** A spreadsheet takes text that begins like a formula for one. */
function field(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = oneLine(value);
  const harmless = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
