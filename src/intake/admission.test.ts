import { expect, test } from 'vitest';
import { intakeOptions } from '../../test/support/intake-options.ts';
import { clientAt } from '../core/intake/client-identity.ts';
import { ClientLimits } from '../core/intake/client-limits.ts';
import { SenderLimits } from '../core/intake/sender-limits.ts';
import { createAdmission, type Admission } from './admission.ts';

function admission(options: Partial<typeof intakeOptions> = {}): Admission {
  const rules = { ...intakeOptions, ...options };
  const clients = new ClientLimits(
    rules,
    () => false,
    () => 0,
  );
  const senders = new SenderLimits(rules, () => 0);
  const isNear = (address: string): boolean => address === '192.0.2.1';
  return createAdmission(rules, { log: () => undefined }, isNear, clients, senders);
}
const stranger = clientAt('198.51.100.1', 'test');

test('admission: a stranger that logs in leaves its place to another one', () => {
  const door = admission({ clientLimit: 10 });
  const first = door.enter(stranger);
  expect([first.refusal(), door.enter(stranger).refusal()]).toEqual([undefined, 'too many connections']);
  const second = admission({ clientLimit: 10 });
  second.enter(stranger).take({ ...stranger, user: 'printer' });
  expect(second.enter(stranger).refusal()).toBeUndefined();
});

test('admission: leaving gives back what was taken, whoever the client has become', () => {
  const door = admission({ clientLimit: 10, clientConnectionCountLimit: 1 });
  for (let times = 0; times < 3; times += 1) {
    const seat = door.enter(stranger);
    expect(seat.refusal()).toBeUndefined();
    seat.take(clientAt('192.0.2.1', 'test'));
    expect(seat.refusal()).toBeUndefined();
    seat.leave();
  }
});

test('admission: a client counts at the address that it speaks for', () => {
  const door = admission({ clientConnectionCountLimit: 1 });
  door.enter(clientAt('192.0.2.1', 'test'));
  const balancer = door.enter(stranger);
  balancer.take(clientAt('192.0.2.1', 'test'));
  expect(balancer.refusal()).toBe('too many connections from 192.0.2.1');
});
