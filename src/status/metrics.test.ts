import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../core/outcome/log-event.ts';
import { createMetrics } from './metrics.ts';

describe('createMetrics()', () => {
  it('counts deliveries, TLS connections and steps from the log, and passes every line on', async () => {
    const passed: LogEvent[] = [];
    const metrics = createMetrics(() => new Map());
    const log = metrics.count((event) => passed.push(event));
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
    expect(passed).toHaveLength(4);
    expect(text).toContain('dane_relay_deliveries_total{status="sent"} 2');
    expect(text).toContain('dane_relay_tls_connections_total{trust="Verified"} 1');
    expect(text).toContain('dane_relay_events_total{event="removed"} 1');
  });

  it('shows a trouble while it lasts', async () => {
    const problems = new Map([['resolver', 'does not validate']]);
    const metrics = createMetrics(() => problems);
    expect(await metrics.text()).toContain('dane_relay_trouble{part="resolver"} 1');
    problems.clear();
    expect(await metrics.text()).not.toContain('part="resolver"');
  });
});
