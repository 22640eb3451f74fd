import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metricTable, type MetricName, type MetricRow } from '../../../src/status/metric-table.ts';
import { promtool } from '../../support/promtool.ts';
import { alertCases, type AlertCase } from './alert-cases.ts';
import { dashboardQueries, readDashboard } from './dashboard.ts';

/** The rules and the dashboard of deploy: they are read by Prometheus itself, fire when they should, and name what there is. */

const deploy = path.join(import.meta.dirname, '../../../deploy');
const rulesFile = path.join(deploy, 'prometheus/alerts.yml');

let directory: string;
let rules: string;
let queries: readonly string[];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-rules-'));
  rules = await readFile(rulesFile, 'utf8');
  queries = dashboardQueries(await readDashboard());
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const names = (): string[] => [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

/** JSON is YAML. */
async function put(name: string, content: unknown): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, JSON.stringify(content));
  return file;
}

describe('deploy/prometheus/alerts.yml', () => {
  test('is read by promtool', async () => {
    expect(await promtool(['check', 'rules', rulesFile])).toMatch(/SUCCESS: \d+ rules found/);
  });

  test('each rule has a case at which it fires, and one at which it does not', () => {
    expect(Object.keys(alertCases).toSorted()).toEqual(names().toSorted());
  });

  test('each rule fires when it should, and only then', async () => {
    const fired = (name: string, { series, at }: AlertCase): unknown => ({
      interval: '1m',
      input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
      promql_expr_test: [
        {
          expr: `count(ALERTS{alertname="${name}", alertstate="firing"}) > 0`,
          eval_time: `${at}m`,
          exp_samples: [{ labels: '{}', value: 1 }],
        },
      ],
    });
    const silent = (name: string, { series, at }: AlertCase): unknown => ({
      interval: '1m',
      input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
      alert_rule_test: [{ eval_time: `${at}m`, alertname: name, exp_alerts: [] }],
    });
    const tests = Object.entries(alertCases).flatMap(([name, { fires, quiet }]) => [
      fired(name, fires),
      silent(name, quiet),
    ]);
    const file = await put('cases.json', { rule_files: [rulesFile], evaluation_interval: '1m', tests });
    expect(await promtool(['test', 'rules', file])).toContain('SUCCESS');
  });

  test('each rule says how urgent it is, what is wrong and what to do', () => {
    const each = rules.split(/^ {6}- alert: /m).slice(1);
    for (const rule of each) {
      expect(rule).toMatch(/severity: (?:page|ticket)/);
      expect(rule).toMatch(/summary: .{20}/);
      expect(rule).toMatch(/action: .{10}/);
    }
  });
});

describe('deploy/grafana/dane-relay.json', () => {
  test('is a dashboard: panels with a place and a number of their own', async () => {
    const { panels, schemaVersion, uid, title } = await readDashboard();
    expect([uid, title]).toEqual(['dane-relay', 'dane-relay']);
    expect(schemaVersion).toBeGreaterThan(30);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos, type } of panels) {
      expect(['row', 'stat', 'timeseries', 'bargauge']).toContain(type);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(x).toBeLessThan(24);
          expect(taken.has(`${x},${y}`), `${x},${y}`).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
    for (const { type, targets = [] } of panels)
      if (type !== 'row') expect(targets.length).toBeGreaterThan(0);
  });

  test('its queries are read by promtool', async () => {
    expect(queries.length).toBeGreaterThan(40);
    const recorded = queries.map((expr, nth) => ({ record: `query:number${nth}`, expr }));
    const file = await put('queries.json', { groups: [{ name: 'dashboard', rules: recorded }] });
    expect(await promtool(['check', 'rules', file])).toContain(`SUCCESS: ${queries.length} rules found`);
  });
});

describe('the rules and the dashboard', () => {
  /** `name{label="value"…}`; the metric of the scrape itself is Prometheus' own. */
  const selectors = (text: string): readonly (readonly [string, string])[] =>
    [...text.matchAll(/\b((?:dane_relay|process)_\w+)(?:\{([^}]*)\})?/g)].map(
      ([, name = '', labels = '']) => [name, labels],
    );

  test('name metrics that there are, with labels and values that they have', () => {
    const found = [...queries, rules.replaceAll(/^ *(?:summary|action): .*$/gm, '')].flatMap(selectors);
    expect(found.length).toBeGreaterThan(80);
    for (const [name, labels] of found) {
      const row: MetricRow | undefined =
        metricTable[name.replace(/_(?:bucket|count|sum)$/, '') as MetricName];
      expect(row, name).toBeDefined();
      for (const [, label = '', sign, value = ''] of labels.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)) {
        if (['instance', 'job', 'le'].includes(label)) continue;
        const words = row?.labels?.[label];
        expect(words, `${name} has ${label}`).toBeDefined();
        if (typeof words === 'string' || words === undefined) continue;
        const wanted = sign?.endsWith('~') === true ? new RegExp(`^(?:${value})$`) : undefined;
        expect(
          words.some((word) => wanted?.test(word) ?? word === value),
          `${name}{${label}="${value}"}`,
        ).toBe(true);
      }
    }
  });

  test('use most of the metrics', () => {
    const used = new Set(
      [...queries, rules].flatMap(selectors).map(([name]) => name.replace(/_(?:bucket|count|sum)$/, '')),
    );
    expect(used.size).toBeGreaterThan(35);
  });
});
