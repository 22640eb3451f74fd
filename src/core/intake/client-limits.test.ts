import { expect, test } from 'vitest';
import { ClientLimits } from './client-limits.ts';

const rules = {
  clientConnectionCountLimit: 2,
  clientConnectionRateLimit: 3,
  clientMessageRateLimit: 2,
  clientRecipientRateLimit: 4,
  clientAuthRateLimit: 1,
  anvilRateTimeUnitMs: 60_000,
};

function limits() {
  const clock = { now: 0 };
  const clients = new ClientLimits(
    rules,
    (address) => address === '127.0.0.1',
    () => clock.now,
  );
  return { clients, clock };
}

test('ClientLimits: connections at the same time, each address by itself', () => {
  const { clients } = limits();
  expect(clients.enter('192.0.2.1')).toBeUndefined();
  expect(clients.enter('192.0.2.1')).toBeUndefined();
  expect(clients.enter('192.0.2.1')).toEqual({ of: 'connections', count: 3 });
  expect(clients.enter('192.0.2.2')).toBeUndefined();
  clients.leave('192.0.2.1');
  clients.leave('192.0.2.1');
  expect(clients.enter('192.0.2.1')).toEqual({ of: 'connection rate', count: 4 });
});

test('ClientLimits: rates begin anew after their unit of time, connections stay', () => {
  const { clients, clock } = limits();
  clients.enter('192.0.2.1');
  clients.enter('192.0.2.1');
  expect([1, 2, 3].map(() => clients.message('192.0.2.1')?.count)).toEqual([undefined, undefined, 3]);
  expect([1, 2].map(() => clients.auth('192.0.2.1'))).toEqual([undefined, { of: 'auth rate', count: 2 }]);
  expect([1, 2, 3, 4, 5].map(() => clients.recipient('192.0.2.1')?.of).at(-1)).toBe('recipient rate');
  clock.now = 60_000;
  expect(clients.message('192.0.2.1')).toBeUndefined();
  expect(clients.recipient('192.0.2.1')).toBeUndefined();
  expect(clients.enter('192.0.2.1')).toEqual({ of: 'connections', count: 3 });
});

test('ClientLimits: who is exempt has no limit', () => {
  const { clients } = limits();
  for (let times = 0; times < 9; times += 1) {
    expect(clients.enter('127.0.0.1')).toBeUndefined();
    expect(clients.message('127.0.0.1')).toBeUndefined();
  }
});

test('ClientLimits: who is gone is forgotten, who is there or was lately is not', () => {
  const { clients, clock } = limits();
  clients.enter('192.0.2.1');
  clients.enter('192.0.2.2');
  clients.leave('192.0.2.2');
  clients.purge();
  expect(clients.size).toBe(2);
  clock.now = 60_000;
  clients.purge();
  expect(clients.size).toBe(1);
  clients.leave('192.0.2.1');
  clients.purge();
  expect(clients.size).toBe(0);
});
