import { metricNames, metricTable, type MetricRow } from '../../../src/status/metric-table.ts';

/** docs/metrics.md, from the table of metrics. */
export function metricsPage(): string {
  return `# Metrics

Written by \`npm run docs:metrics\` from \`src/status/metric-table.ts\`: change that, not this page.

\`GET /metrics\` on \`status.listen\`, or on the socket \`relay.sock\` in \`data_dir\`, gives what follows in the text
format of Prometheus. A process with a role (\`--role\`) tells of its own work. Names and labels stay; later versions
add some.

- \`deploy/prometheus/scrape.yml\` shows how to scrape, \`deploy/prometheus/alerts.yml\` has rules for what somebody should
  look at, and \`deploy/grafana/dane-relay.json\` is a dashboard. The rules are tested with promtool.
- No label has a text from outside: no domain, host, address or user. Each has a few words, so that the number of series
  is bounded whatever others do. To find out which domain it is, ask \`dane-relay queue list\` and the log.
- What is counted of the log is counted where the line is written: a number and its lines cannot disagree.
- The metrics of the queue come from a slow walk through it, which a scrape begins, 15 s after the end of the last one
  at the earliest; the next scrape has what it found. It takes about 6 s for 100,000 messages, and a minute for as many
  destinations. It reads states and ids, no message, and where nobody scrapes there is none.

${metricNames.map((name) => section(name, metricTable[name])).join('\n')}`;
}

function section(name: string, row: MetricRow): string {
  const { type, help, labels = {}, buckets, alert } = row;
  const lines = [
    `## \`${name}\``,
    '',
    `${sentence(help)} Type: ${type}.`,
    ...Object.entries(labels).map(([label, values]) => `- \`${label}\`: ${valuesText(values)}`),
    ...(buckets === undefined ? [] : [`- buckets up to (s): ${buckets.join(', ')}`]),
    ...(alert === undefined ? [] : [`- look when: ${alert}`]),
    '',
  ];
  // A list stands apart from the text above it.
  if ((lines[3] ?? '').startsWith('- ')) lines.splice(3, 0, '');
  return lines.join('\n');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function valuesText(values: readonly string[] | string): string {
  return typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(', ');
}
