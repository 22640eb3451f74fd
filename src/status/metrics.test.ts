import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../core/log/log-event.ts';
import { quietSources } from '../../test/support/quiet-metrics.ts';
import { createMetrics } from './metrics.ts';

describe('createMetrics()', () => {
  it('tells when certificates expire', async () => {
    const certificates = () => [{ listener: 'mx', file: '/a.pem', notAfter: 1_800_000_000_000 }];
    expect(await createMetrics({ ...quietSources, certificates }).text()).toContain(
      'dane_relay_listener_certificate_end_seconds{listener="mx",certificate="/a.pem"} 1800000000',
    );
  });

  it('tells what checks of destinations have found, and nothing where nobody checks', async () => {
    const standings = { protected: 3, fails: 1, unknown: 0, unprotected: 0 };
    const kinds = {
      mismatch: 1,
      TLS: 0,
      expires: 0,
      'no next record': 2,
      'not in STS policy': 0,
      'fails STS policy': 0,
    };
    let health: { standings: typeof standings; kinds: typeof kinds } | undefined = { standings, kinds };
    const metrics = createMetrics({ ...quietSources, health: () => health });
    const text = await metrics.text();
    expect(text).toContain('dane_relay_checked_destinations{standing="protected"} 3');
    expect(text).toContain('dane_relay_destination_findings{finding="no next record"} 2');
    expect(text).toContain('dane_relay_destination_findings{finding="TLS"} 0');
    health = undefined;
    expect(await metrics.text()).not.toMatch(/^dane_relay_(?:checked_destinations|destination_findings)\{/m);
  });

  it('counts deliveries, TLS connections and steps from the log', async () => {
    const metrics = createMetrics(quietSources);
    const log = (event: LogEvent): void => metrics.count(event);
    const delivery = {
      component: 'smtp',
      severity: 'info',
      event: 'delivery',
      text: 'x',
      fields: { status: 'sent' },
    } as const;
    log(delivery);
    log(delivery);
    log({
      component: 'smtp',
      severity: 'info',
      event: 'TLS established',
      text: 'x',
      fields: { trust: 'Verified' },
    });
    log({ component: 'qmgr', severity: 'info', event: 'removed', text: '4a: removed' });
    const text = await metrics.text();
    expect(text).toContain('dane_relay_deliveries_total{status="sent"} 2');
    expect(text).toContain('dane_relay_tls_connections_total{trust="Verified"} 1');
    expect(text).toContain('dane_relay_events_total{event="removed"} 1');
  });

  it('counts the sessions that had something to note', async () => {
    const metrics = createMetrics(quietSources);
    const event = { component: 'smtpd', severity: 'info', event: 'client disconnected', text: 'x' } as const;
    metrics.count({ ...event, fields: { counts: '' } });
    metrics.count({ ...event, fields: { counts: '', notes: ['bare_lf', 'bare_cr'] } });
    metrics.count({ ...event, fields: { counts: '', notes: ['bare_lf'] } });
    const text = await metrics.text();
    expect(text).toContain('dane_relay_client_notes_total{note="bare_lf"} 2');
    expect(text).toContain('dane_relay_client_notes_total{note="bare_cr"} 1');
  });

  it('shows a trouble while it lasts', async () => {
    const problems = new Map([['resolver', 'does not validate']]);
    const metrics = createMetrics({ ...quietSources, problems: () => problems });
    expect(await metrics.text()).toContain('dane_relay_trouble{part="resolver"} 1');
    problems.clear();
    expect(await metrics.text()).not.toContain('part="resolver"');
  });

  it('counts destinations by their window and those that are left alone', async () => {
    const metrics = createMetrics({
      ...quietSources,
      suspended: async () => 3,
      windows: () => [1, 5, 4, 20, 51],
    });
    const text = await metrics.text();
    expect(text).toContain('dane_relay_suspended_destinations 3');
    expect(text.match(/^dane_relay_destinations\{.*$/gm)).toEqual([
      'dane_relay_destinations{window="1"} 1',
      'dane_relay_destinations{window="2"} 0',
      'dane_relay_destinations{window="5"} 2',
      'dane_relay_destinations{window="10"} 0',
      'dane_relay_destinations{window="20"} 1',
      'dane_relay_destinations{window="50"} 0',
      'dane_relay_destinations{window="more"} 1',
    ]);
  });

  it('can be read while nobody can tell how many are left alone', async () => {
    const metrics = createMetrics({
      ...quietSources,
      suspended: () => Promise.reject(new Error('Redis is away')),
    });
    expect(await metrics.text()).toContain('dane_relay_suspended_destinations Nan');
  });

  it('shows the process, once there is somebody who looks', async () => {
    const metrics = createMetrics(quietSources);
    expect(await metrics.text()).not.toContain('process_open_fds');
    const held = metrics.ofProcess({
      holds: () => ({ minute: { heldMs: 20, workMs: 10 }, life: { heldMs: 2000, workMs: 1500 } }),
      usage: () => ({
        resident: 5e7,
        heapUsed: 3e7,
        heapTotal: 4e7,
        external: 2e6,
        arrayBuffers: 1e6,
        openFiles: 31,
      }),
      limits: () => ({ heap: 2e9, memory: undefined, files: 1024 }),
      handles: () => ['TCPSocketWrap', 'Timeout', 'TCPSocketWrap', 'SomethingNew'],
      log: () => ({ dropped: 7, failures: 3, waiting: 5 }),
    });
    held({ heldMs: 20, workMs: 10 });
    held({ heldMs: 2000, workMs: 1500 });
    const text = await metrics.text();
    for (const line of [
      'dane_relay_event_loop_delay_seconds_bucket{le="0.025"} 1',
      'dane_relay_event_loop_delay_seconds_count 2',
      'dane_relay_event_loop_longest_delay_seconds{over="minute"} 0.02',
      'dane_relay_event_loop_longest_delay_seconds{over="life"} 2',
      'dane_relay_event_loop_longest_work_seconds{over="life"} 1.5',
      'dane_relay_memory_bytes{of="heap_used"} 30000000',
      'dane_relay_memory_bytes{of="heap_limit"} 2000000000',
      'process_resident_memory_bytes 50000000',
      'process_open_fds 31',
      'process_max_fds 1024',
      'dane_relay_open_handles{kind="TCPSocketWrap"} 2',
      'dane_relay_open_handles{kind="other"} 1',
      'dane_relay_log_lines_dropped_total 7',
      'dane_relay_log_write_failures_total 3',
      'dane_relay_log_lines_waiting 5',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    // Counted elsewhere, and not added up here.
    expect(await metrics.text()).toContain('dane_relay_log_lines_dropped_total 7\n');
  });

  it('shows what is open, and how many addresses are full', async () => {
    const memory = () => new Map([['clients', { limitBytes: 10, usedBytes: () => 3 }]]);
    const text = await createMetrics({
      ...quietSources,
      memory,
      fullAddresses: () => 2,
      waitingLookups: () => 3,
    }).text();
    expect(text).toContain('dane_relay_open_bytes{of="clients",is="used"} 3');
    expect(text).toContain('dane_relay_open_bytes{of="clients",is="limit"} 10');
    expect(text).toContain('dane_relay_full_addresses 2');
    expect(text).toContain('dane_relay_waiting_lookups 3');
  });

  it('shows how full the store is, as far as anybody knows', async () => {
    expect(await createMetrics(quietSources).text()).not.toContain('dane_relay_queue_bytes{');
    const fill = {
      usedBytes: 5,
      limitBytes: 10,
      freeDiskBytes: 7,
      unfinished: { messages: 2, bytes: 3 },
    };
    const text = await createMetrics({ ...quietSources, fill: () => fill }).text();
    expect(text).toContain('dane_relay_queue_bytes{of="memory_used"} 5');
    expect(text).toContain('dane_relay_queue_bytes{of="memory_limit"} 10');
    expect(text).toContain('dane_relay_queue_bytes{of="disk_free"} 7');
    expect(text).toContain('dane_relay_queue_bytes{of="unfinished"} 3');
    expect(text).toContain('dane_relay_unfinished_messages 2');
  });
});
