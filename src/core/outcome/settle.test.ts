import { describe, expect, it } from 'vitest';
import type { Tried } from '../mail/tried.ts';
import type { DeliveryStatus } from '../mail/status.ts';
import { settle } from './settle.ts';

const rules = {
  minimalBackoffMs: 300_000,
  maximalBackoffMs: 4_000_000,
  lifetimeMs: 432_000_000,
  bounceLifetimeMs: 86_400_000,
};
const young = {
  sender: 's@example.org',
  arrivedAt: 0,
  now: 1000,
  dice: 0.5,
  rules,
  mayExpire: true,
  ambiguous: 'resend',
} as const;
const old = { ...young, now: rules.lifetimeMs };

function tried(index: number, outcome: DeliveryStatus['outcome']): Tried {
  const status: DeliveryStatus = { outcome, dsn: '4.0.0', reason: 'r', scope: 'message' };
  return { index, recipient: { address: `u${index}@example.org` }, status };
}

describe('settle()', () => {
  it('leaves nothing to do when everybody was sent to', () => {
    expect(settle([tried(0, 'sent'), tried(1, 'sent')], young)).toEqual({
      failed: [],
      expired: false,
      held: [],
    });
  });

  it('reports the refused and retries the deferred of one attempt', () => {
    const settlement = settle([tried(0, 'sent'), tried(1, 'bounced'), tried(2, 'deferred')], young);
    expect(settlement.failed.map(({ index }) => index)).toEqual([1]);
    expect(settlement.retry?.tried.map(({ index }) => index)).toEqual([2]);
    expect(settlement.retry?.at).toBe(1000 + rules.minimalBackoffMs);
  });

  it('gives deferred recipients up at the end of the lifetime', () => {
    const settlement = settle([tried(0, 'bounced'), tried(1, 'deferred')], old);
    expect(settlement.failed.map(({ index }) => index)).toEqual([0, 1]);
    expect(settlement.expired).toBe(true);
    expect(settlement.retry).toBeUndefined();
  });

  it('gives a report up earlier', () => {
    const report = { ...young, sender: '', now: rules.bounceLifetimeMs };
    expect(settle([tried(0, 'deferred')], report).expired).toBe(true);
    expect(settle([tried(0, 'deferred')], { ...report, sender: 's@example.org' }).expired).toBe(false);
  });

  it('never gives up while the failure may be our own', () => {
    const settlement = settle([tried(0, 'deferred')], { ...old, mayExpire: false });
    expect(settlement.failed).toEqual([]);
    expect(settlement.retry?.tried).toHaveLength(1);
  });

  it('gives nobody up whose failure is our own, and gives up the others', () => {
    const ours = tried(1, 'deferred');
    const settlement = settle(
      [tried(0, 'deferred'), { ...ours, status: { ...ours.status, ours: true } }],
      old,
    );
    expect(settlement.failed.map(({ index }) => index)).toEqual([0]);
    expect(settlement.retry?.tried.map(({ index }) => index)).toEqual([1]);
  });

  it('treats who may have the message already like anybody else under resend', () => {
    const settlement = settle([doubtful(0)], young);
    expect(settlement.retry?.tried.map(({ index }) => index)).toEqual([0]);
    expect(settle([doubtful(0)], old).expired).toBe(true);
  });

  it('neither tries nor gives up who may have the message already under hold', () => {
    for (const context of [young, old]) {
      const settlement = settle([doubtful(0), tried(1, 'sent')], { ...context, ambiguous: 'hold' });
      expect(settlement).toMatchObject({ failed: [], expired: false });
      expect(settlement.held.map(({ index }) => index)).toEqual([0]);
      expect(settlement.retry).toBeUndefined();
    }
  });
});

function doubtful(index: number): Tried {
  const one = tried(index, 'deferred');
  return { ...one, status: { ...one.status, ambiguous: true } };
}
