import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricNames } from '../../../src/status/metric-table.ts';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { promtool } from '../../support/promtool.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { dashboardQueries, readDashboard } from '../../tools/metrics/dashboard.ts';

/** What Prometheus is told of a relay that has delivered, deferred and returned mail. */

let lab: Lab;
let relay: RunningRelay;
let scrape: string;

/** `name{labels}` -> value, of one text. */
function valuesOf(text: string): ReadonlyMap<string, number> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

const value = (series: string): number => valuesOf(scrape).get(series) ?? 0;

beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startRelay({
    set: { ...labSettings(lab), 'tls.level': 'dane', 'queue.notify_classes': '' },
    policies: ['rejects.test may', 'stripped.test may', 'no-tlsa.test may'],
  });
  const mails = {
    'a@good.test': 'sent',
    'b@wrong-key.test': 'deferred',
    'c@stripped.test': 'sent',
    'd@no-tlsa.test': 'sent',
    'e@rejects.test': 'bounced',
  };
  for (const [to, status] of Object.entries(mails)) {
    const id = await sendMail(relay.port, { to });
    await relay.line(new RegExp(`${id}: to=<${to}>.*status=${status}`));
  }
  // A walk through the queue that came after all of it.
  const after = Date.now() / 1000;
  await until(async () => {
    scrape = await relay.metrics();
    // Redis is asked for its files now and then.
    return (
      value('dane_relay_queue_walk_timestamp_seconds') > after && value('dane_relay_redis_aof_bytes') > 0
    );
  }, 'a walk through the queue, and what Redis says of its files');
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

describe('metrics', () => {
  it('are all there, and promtool finds no fault in them', async () => {
    const made = [...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    expect(made.toSorted()).toEqual([...metricNames].toSorted());
    await promtool(['check', 'metrics'], scrape);
  });

  it('have what the rules and the dashboard ask for', async () => {
    const deploy = path.join(import.meta.dirname, '../../../deploy');
    const rules = await readFile(path.join(deploy, 'prometheus/alerts.yml'), 'utf8');
    const asked = [...dashboardQueries(await readDashboard()), rules]
      .join('\n')
      .match(/\b(?:dane_relay|process)_\w+/g);
    const there = new Set(metricNames.flatMap((name) => [name, `${name}_bucket`, `${name}_count`]));
    expect(asked?.filter((name) => !(there as ReadonlySet<string>).has(name))).toEqual([]);
  });

  it('tell of outcomes by level, TLS and code', () => {
    for (const series of [
      'dane_relay_outcomes_total{status="sent",level="dane",tls="Verified",code="2.0"}',
      'dane_relay_outcomes_total{status="deferred",level="dane",tls="broken",code="4.7"}',
      'dane_relay_outcomes_total{status="sent",level="may",tls="clear",code="2.0"}',
      'dane_relay_outcomes_total{status="bounced",level="may",tls="Untrusted",code="5.1"}',
    ])
      expect(value(series), series).toBeGreaterThan(0);
  });

  it('tell of sessions and of verdicts', () => {
    expect(value('dane_relay_sessions_total{security="Verified"}')).toBeGreaterThan(0);
    expect(value('dane_relay_sessions_total{security="clear"}')).toBeGreaterThan(0);
    expect(value('dane_relay_dane_verdicts_total{verdict="matched DANE-EE"}')).toBeGreaterThan(0);
    expect(value('dane_relay_dane_verdicts_total{verdict="no matching record"}')).toBeGreaterThan(0);
  });

  it('tell how long things take', () => {
    expect(value('dane_relay_accept_seconds_count')).toBeGreaterThanOrEqual(5);
    expect(value('dane_relay_delivery_seconds_count')).toBe(
      value('dane_relay_deliveries_total{status="sent"}'),
    );
    for (const name of ['route', 'tls_handshake', 'lookup', 'redis_look'])
      expect(value(`dane_relay_${name}_seconds_count`), name).toBeGreaterThan(0);
    expect(value('dane_relay_connect_seconds_count{result="made"}')).toBeGreaterThan(0);
  });

  it('tell what waits, by state, level and age', () => {
    expect(value('dane_relay_queue_deliveries{state="deferred",level="dane"}')).toBe(1);
    expect(value('dane_relay_queue_age_deliveries{state="deferred",age="5"}')).toBe(1);
    expect(value('dane_relay_queue_oldest_seconds{state="deferred"}')).toBeGreaterThan(0);
    expect(value('dane_relay_queue_oldest_seconds{state="held"}')).toBe(0);
  });

  it('tell of resolver, Redis and process', () => {
    expect(value('dane_relay_resolver_validating')).toBe(1);
    expect(value('dane_relay_resolver_last_validated_timestamp_seconds')).toBeGreaterThan(1.7e9);
    expect(value('dane_relay_lookups_total{type="TLSA",result="signed"}')).toBeGreaterThan(0);
    expect(value('dane_relay_redis_up')).toBe(1);
    expect(value('dane_relay_redis_reconnects_total')).toBe(0);
    expect(value('dane_relay_redis_aof_bytes')).toBeGreaterThan(0);
    expect(value('dane_relay_clients')).toBe(0);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(scrape).toMatch(/^dane_relay_open_handles\{kind="\w+"\} [1-9]/m);
    expect(scrape).toMatch(/^dane_relay_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.[\d.]+"\} 1$/m);
  });
});
