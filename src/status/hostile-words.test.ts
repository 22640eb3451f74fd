import { expect, it } from 'vitest';
import type { EventName } from '../core/events/event-table.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import { quietSources } from '../../test/support/quiet-metrics.ts';
import { createMetrics } from './metrics.ts';
import { codeClasses, levelWords, metricNames, metricTable, outcomeTlsWords } from './metric-table.ts';

/** Whatever others say, the number of series stays what the table of metrics allows. */

function line(event: string, fields: LogEvent['fields']): LogEvent {
  return {
    component: 'smtp',
    severity: 'info',
    event: event as EventName,
    text: 'x',
    ...(fields !== undefined && { fields }),
  };
}

async function series(metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> {
  return (await metrics.text()).split('\n').filter((one) => one !== '' && !one.startsWith('#'));
}

const sts = { domain: '', host: '', id: '', lines: [], mx: [], listed: true };

it('ten thousand hostile words make no more series than a few known ones', async () => {
  const metrics = createMetrics(quietSources);
  const { meters } = metrics;
  for (let nth = 0; nth < 10_000; nth += 1) {
    const evil = `evil${nth}"}\n x{y="`;
    const fields = {
      status: evil,
      tls: evil,
      trust: evil,
      dsn: `4.${nth}.${evil}`,
      mechanism: evil,
      reply: `550 5.${evil}`,
      notes: [evil, nth, null],
    };
    for (const event of [
      evil,
      'delivery',
      'TLS established',
      'client disconnected',
      'rejected',
      'login refused',
      'login impossible',
      'http request refused',
      'webhook dropped',
    ])
      metrics.count(line(event, { ...fields, count: evil }));
    metrics.count(line('delivery', undefined));
    meters.judged(
      { level: 'dane', sts: { ...sts, mode: evil as 'testing' } },
      {
        ok: false,
        word: 'Untrusted',
        cause: evil as 'expired',
        sts: { kind: 'failure', type: evil as 'certificate-expired' },
      },
    );
    meters.policyFetched(evil as 'policy');
    meters.opened(evil as 'clear');
    meters.lookedUp(evil as 'A', { kind: 'failed', cause: evil as 'timeout', detail: evil });
    metrics.queue.begin().add('due', evil, nth);
  }
  const found = await series(metrics);
  expect(found.filter((one) => one.includes('evil'))).toEqual([]);
  expect(found.length).toBeLessThan(250);
});

it('all words that there are together are as many series as a scrape can bear', async () => {
  const most = { status: 4, level: levelWords.length, tls: outcomeTlsWords.length, code: codeClasses.length };
  // The product is far from what can happen: a level that was broken has no word of trust, and 2.x was never bounced.
  expect(most.status * most.level * most.tls * most.code).toBeLessThan(11_000);
  const metrics = createMetrics(quietSources);
  const walk = metrics.queue.begin();
  walk.end(0);
  expect((await series(metrics)).length).toBeLessThan(400);
});

it('each metric of the table is made, with its type, help and labels', async () => {
  const metrics = createMetrics({
    ...quietSources,
    redis: () => ({ up: true, reconnects: 1 }),
    resolver: () => ({ validating: true, answering: true, validatedAt: 1 }),
  });
  metrics.ofProcess({
    holds: () => ({ minute: { heldMs: 20, workMs: 10 }, life: { heldMs: 2000, workMs: 1500 } }),
    usage: () => ({ resident: 1, heapUsed: 1, heapTotal: 1, external: 1, arrayBuffers: 1, openFiles: 1 }),
    limits: () => ({ heap: 1, memory: 1, files: 1 }),
    handles: () => ['Timeout'],
    log: () => ({ dropped: 0, failures: 0, waiting: 0 }),
  });
  const text = await metrics.text();
  for (const name of metricNames) {
    const { type, help } = metricTable[name];
    expect(text, name).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  }
  const made = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  expect(made.toSorted()).toEqual([...metricNames].toSorted());
});
