import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { metricNames } from '../../../src/status/metric-table.ts';
import { metricsPage } from './render-metrics-doc.ts';

const docs = path.join(import.meta.dirname, '../../../docs');

test('docs/metrics.md is as the table of metrics makes it', () => {
  expect(readFileSync(path.join(docs, 'metrics.md'), 'utf8'), 'npm run docs:metrics writes it').toBe(
    metricsPage(),
  );
});

test('pages name no metric that there is not', () => {
  const known = new Set<string>(metricNames);
  for (const page of ['operating.md', 'log.md', 'security.md', 'performance.md']) {
    const named = readFileSync(path.join(docs, page), 'utf8').match(/\bdane_relay_\w+/g) ?? [];
    const others = named.filter((name) => !known.has(name.replace(/_(?:bucket|count|sum)$/, '')));
    expect(others, page).toEqual([]);
  }
});
