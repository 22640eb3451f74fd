import { expect, test } from 'vitest';
import { lockPath, roles, statusSocket } from './role.ts';

test('each role has a socket and a lock of its own', () => {
  expect(roles.map((role) => statusSocket('/d', role))).toEqual([
    '/d/relay.sock',
    '/d/relay-intake.sock',
    '/d/relay-delivery.sock',
  ]);
  expect(roles.map((role) => lockPath('/d', role))).toEqual([
    '/d/relay.lock',
    '/d/relay-intake.lock',
    '/d/relay-delivery.lock',
  ]);
});
