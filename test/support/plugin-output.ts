/**
 * Reads what a monitoring plugin prints, by the guidelines of the Monitoring Plugins project: the first line is
 * `SERVICE STATUS - text | data`, the others are long output. Throws for anything that is not in the grammar.
 */
export interface PluginOutput {
  readonly service: string;
  readonly status: 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';
  readonly text: string;
  readonly data: readonly PerformanceDatum[];
  readonly more: readonly string[];
}

export interface PerformanceDatum {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
  readonly warning: string;
  readonly critical: string;
}

const exitCodes = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

export function readPluginOutput(output: string, exitCode: number | null): PluginOutput {
  if (!output.endsWith('\n')) throw new Error('the last line does not end');
  const [first = '', ...more] = output.slice(0, -1).split('\n');
  if (Buffer.byteLength(first) >= 1024)
    throw new Error(`${Buffer.byteLength(first)} octets in the first line`);
  const bars = first.split('|');
  if (bars.length !== 2) throw new Error(`${bars.length - 1} bars in: ${first}`);
  const [said = '', data = ''] = bars;
  const [, service, status, text] = /^(\S+) (OK|WARNING|CRITICAL|UNKNOWN) - (.+?) ?$/.exec(said) ?? [];
  if (service === undefined || status === undefined || text === undefined)
    throw new Error(`no status line: ${said}`);
  const known = status as keyof typeof exitCodes;
  if (exitCodes[known] !== exitCode) throw new Error(`${status} with exit code ${exitCode}`);
  for (const line of more) if (line.includes('|')) throw new Error(`data in long output: ${line}`);
  return { service, status: known, text, data: data.trim().split(/ +/).map(datum), more };
}

const number = String.raw`-?\d+(?:\.\d+)?`;
const range = String.raw`@?(?:(?:${number}|~)?:)?(?:${number})?`;
const shape = new RegExp(
  String.raw`^('(?:[^'=]|'')+'|[^'= ]+)=(${number})(|s|ms|us|%|c|B|KB|MB|GB|TB)(?:;(${range}))?(?:;(${range}))?(?:;(?:${number})?)?(?:;(?:${number})?)?$`,
);

function datum(text: string): PerformanceDatum {
  const [, label, value, unit, warning = '', critical = ''] = shape.exec(text) ?? [];
  if (label === undefined) throw new Error(`no performance data: ${text}`);
  return { label, value: Number(value), unit: unit ?? '', warning, critical };
}
