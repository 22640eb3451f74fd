import { describe, expect, it } from 'vitest';
import type { QueueFilter } from '../../core/delivery/queue-filter.ts';
import { matcher } from './filter.ts';
import type { QueuedDelivery } from './queued-delivery.ts';

const delivery: QueuedDelivery = {
  queueId: '4abc',
  destination: 'mx.example.net',
  state: 'deferred',
  sender: 'App@Shop.example',
  recipients: ['one@a.test', 'two@sub.b.test'],
  size: 1000,
  arrivedAt: 5000,
  attempts: 1,
  dsn: '4.4.1',
  reason: 'connect to mx.example.net[192.0.2.1]:25: Connection refused',
  postponed: 'DNSSEC validation is unavailable',
};

describe('a filter', () => {
  it.each<[QueueFilter, boolean]>([
    [{}, true],
    [{ arrivedBefore: 5000 }, true],
    [{ arrivedBefore: 4999 }, false],
    [{ arrivedAfter: 4999 }, true],
    [{ arrivedAfter: 5000 }, false],
    [{ senders: ['app@shop.EXAMPLE'] }, true],
    [{ senders: ['@shop.example'] }, true],
    [{ senders: ['shop.example.'] }, true],
    [{ senders: ['.example'] }, true],
    [{ senders: ['example'] }, false],
    [{ senders: ['hop.example'] }, false],
    [{ senders: ['<>'] }, false],
    [{ senders: ['<>', 'shop.example'] }, true],
    [{ recipients: ['two@sub.b.test'] }, true],
    [{ recipients: ['b.test'] }, false],
    [{ recipients: ['.b.test'] }, true],
    [{ recipients: ['.a.test'] }, true],
    [{ recipients: ['nobody@a.test'] }, false],
    [{ destination: 'MX.example.net.' }, true],
    [{ destination: 'example.net' }, false],
    [{ reason: 'connection REFUSED' }, true],
    [{ reason: '4.4.1' }, true],
    [{ reason: 'dnssec' }, true],
    [{ reason: '.*' }, false],
    [{ smallest: 1000, largest: 1000 }, true],
    [{ smallest: 1001 }, false],
    [{ largest: 999 }, false],
    [{ states: ['hold', 'deferred'] }, true],
    [{ states: ['hold'] }, false],
    [{ senders: ['shop.example'], states: ['hold'] }, false],
  ])('%j', (filter, isMeant) => {
    expect(matcher(filter)(delivery)).toBe(isMeant);
  });

  it('of the null sender means reports', () => {
    expect(matcher({ senders: ['<>'] })({ ...delivery, sender: '' })).toBe(true);
  });

  it('looks at no more of a reason than is fit to be read', () => {
    const reason = `${'x'.repeat(5_000)}needle`;
    expect(matcher({ reason: 'needle' })({ ...delivery, reason })).toBe(false);
  });
});
