import { expect, test } from 'vitest';
import type { DeliveryStatus } from '../mail/status.ts';
import { Ledger } from './ledger.ts';

function status(dsn: string): DeliveryStatus {
  return { outcome: 'deferred', dsn, reason: dsn, scope: 'message' };
}

test('Ledger.settle(): the first word about a recipient stands', () => {
  const ledger = new Ledger(2);
  ledger.settle(1, status('5.1.1'));
  ledger.settle(1, status('4.4.2'));
  ledger.settleOpen(status('2.0.0'));
  ledger.settleOpen(status('4.0.0'));
  expect(ledger.statuses().map(({ dsn }) => dsn)).toEqual(['2.0.0', '5.1.1']);
});

test('Ledger.statuses(): throws rather than leave a recipient out', () => {
  const ledger = new Ledger(2);
  ledger.settle(0, status('2.0.0'));
  expect(() => ledger.statuses()).toThrow('No status for recipient 1');
});
