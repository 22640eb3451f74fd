import { expect, test } from 'vitest';
import { claimOf } from '../../test/support/delivery-kit.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { OutcomeStore } from './conclude.ts';
import { concludeSafely, type SafePorts } from './safely.ts';

test('what cannot be concluded is not sent again to those who are known to have it', async () => {
  const heard: (readonly [number, DeliveryStatus['outcome']])[][] = [];
  const events: LogEvent[] = [];
  const recipients = [{ address: 'a@x.test' }, { address: 'b@x.test' }];
  const mail = claimOf(
    { queueId: 'Q1', envelope: { recipients }, messageId: '<m@y.test>' },
    { heard: (known) => void heard.push([...known].map(([index, { status }]) => [index, status.outcome])) },
  );
  const attempt = (index: number, status: DeliveryStatus): Attempt => ({
    index,
    recipient: recipients[index] ?? { address: '' },
    status,
    stamps: { transactionAt: 0, doneAt: 0 },
    connectionUse: 1,
  });
  const attempts = [
    attempt(0, { outcome: 'sent', scope: 'recipient', dsn: '2.0.0', reason: '250 ok' }),
    attempt(1, { outcome: 'bounced', scope: 'recipient', dsn: '5.1.1', reason: '550 no' }),
  ];
  const log = (event: LogEvent): void => void events.push(event);
  const conclude: SafePorts['conclude'] = {
    compose: () => Promise.reject(new Error('a bug')),
    mayExpire: () => true,
    nextHopOf: () => 'y.test',
    reporter: { hostname: 'relay', dateText: String },
    notices: { classes: [], recipient: '', doubleBounce: 'double-bounce@relay' },
    delayWarningMs: 0,
    rules: { minimalBackoffMs: 1, maximalBackoffMs: 1, lifetimeMs: 9e9, bounceLifetimeMs: 9e9 },
    ambiguous: 'resend',
    log,
    now: () => 1000,
    dice: () => 0,
  };
  const store: OutcomeStore = {
    destination: 'x.test',
    settle: () => Promise.reject(new Error('not asked')),
    warn: async () => undefined,
  };
  const ports = { conclude, log, now: () => 1000 };
  await concludeSafely(mail, attempts, { activeAt: 0, handedAt: 0 }, store, ports);
  expect(heard).toEqual([
    [
      [0, 'sent'],
      [1, 'bounced'],
    ],
  ]);
  expect(events.at(-1)).toMatchObject({ event: 'outcome not stored', severity: 'error' });
});
