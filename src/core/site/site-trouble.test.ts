import { describe, expect, it } from 'vitest';
import type { DeliveryStatus } from '../mail/status.ts';
import { siteVerdict } from './site-trouble.ts';

const status = (outcome: DeliveryStatus['outcome'], scope: DeliveryStatus['scope']): DeliveryStatus => ({
  outcome,
  scope,
  dsn: '4.0.0',
  reason: `${outcome} by ${scope}`,
});

describe('siteVerdict()', () => {
  it.each(['host', 'destination'] as const)('is trouble when a %s did not work and no other did', (scope) => {
    const told = status('deferred', scope);
    expect(siteVerdict([{ status: told }])).toEqual({ kind: 'trouble', status: told });
  });

  it('is trouble although one recipient was refused before the connection was lost', () => {
    const lost = status('deferred', 'host');
    expect(siteVerdict([{ status: status('bounced', 'recipient') }, { status: lost }])).toEqual({
      kind: 'trouble',
      status: lost,
    });
  });

  it('is work once a session ran its course, though another host failed afterwards', () => {
    expect(siteVerdict([{ status: status('deferred', 'host'), answered: true }])).toEqual({
      kind: 'at work',
    });
  });

  it.each(['recipient', 'message'] as const)('is work when a session defers for the %s', (scope) => {
    expect(siteVerdict([{ status: status('deferred', scope), answered: true }])).toEqual({ kind: 'at work' });
  });

  it('is work when there is no such domain: nothing is to be waited for', () => {
    expect(siteVerdict([{ status: status('bounced', 'destination') }])).toEqual({ kind: 'at work' });
  });

  it('is neither when TLS was only wished for and failed, or the trouble was ours', () => {
    expect(siteVerdict([{ status: status('deferred', 'message') }])).toEqual({ kind: 'unknown' });
    expect(siteVerdict([{ status: { ...status('deferred', 'destination'), ours: true } }])).toEqual({
      kind: 'unknown',
    });
  });
});
