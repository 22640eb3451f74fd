import { csvHead, csvLine } from '../core/check/csv.ts';
import { healthNote } from '../core/check/health-note.ts';
import { healthOf, lossesOf } from '../core/check/health.ts';
import { pluginResult, type DayLimits, type PluginResult } from '../core/check/nagios.ts';
import { reportLines, type LineStyle } from '../core/check/report-lines.ts';
import type { CheckReport } from '../core/check/report.ts';
import type { CheckRequest } from './check-request.ts';

/** Where reports go, one after the other. */
export interface CheckOutput {
  add(report: CheckReport): void;
  /** Returns the exit status. */
  end(): number;
}

export interface OutputOptions {
  readonly output: CheckRequest['output'];
  /** Only the last line of each. */
  readonly brief: boolean;
  readonly style: LineStyle;
  readonly days: DayLimits;
  /** The name of this relay, in notes. */
  readonly hostname: string;
  readonly print: (line: string) => unknown;
}

/** From the worst on. */
const worstFirst = [1, 2, 3, 0] as const;

export function checkOutput({ output, brief, style, days, hostname, print }: OutputOptions): CheckOutput {
  const codes = new Set<number>();
  let plugin: PluginResult | undefined;
  if (output === 'csv') print(csvHead);
  return {
    add(report) {
      const isFirst = codes.size === 0;
      codes.add(report.exitCode);
      switch (output) {
        case 'json':
          print(JSON.stringify(report));
          break;
        case 'csv':
          print(csvLine(report));
          break;
        case 'note':
          if (!isFirst) print('');
          for (const line of noteLines(report, days, hostname)) print(line);
          break;
        case 'nagios':
          plugin = worse(plugin, pluginResult(report, days));
          break;
        case 'text': {
          const lines = reportLines(report, style);
          if (!isFirst && !brief) print('');
          for (const line of brief ? lines.slice(-1) : lines) print(line);
        }
      }
    },
    end() {
      if (plugin !== undefined) {
        for (const line of plugin.lines) print(line);
        return plugin.exitCode;
      }
      return worstFirst.find((code) => codes.has(code)) ?? 0;
    },
  };
}

function noteLines(report: CheckReport, { warning }: DayLimits, hostname: string): readonly string[] {
  const { destination, checkedAt, judgedAt = checkedAt } = report;
  const health = healthOf(report, { now: Date.parse(judgedAt), expiryMs: warning * 86_400_000 });
  const findings = [...lossesOf(report), ...health];
  return (
    healthNote(destination, findings, { hostname, at: Date.parse(checkedAt) }) ?? [
      `${destination}: nothing is known that its postmaster should hear of (${report.verdict})`,
    ]
  );
}

/** CRITICAL, then UNKNOWN: of several checks one that found something out counts for more. */
const pluginOrder = [2, 3, 1, 0];

function worse(one: PluginResult | undefined, other: PluginResult): PluginResult {
  if (one === undefined) return other;
  return pluginOrder.indexOf(other.exitCode) < pluginOrder.indexOf(one.exitCode) ? other : one;
}
