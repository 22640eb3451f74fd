import { expect, test } from 'vitest';
import { knownForwarder } from './known-forwarder.ts';

test.each([
  ['127.0.0.11', 53, 'Docker'],
  ['::ffff:127.0.0.11', 53, 'Docker'],
  ['127.0.0.53', 53, 'systemd-resolved'],
  ['127.0.0.54', 53, 'systemd-resolved'],
  ['127.0.0.1', 53, undefined],
  ['127.0.0.53', 5353, undefined],
  ['192.0.2.11', 53, undefined],
])('knownForwarder(): %s port %i: %s', (address, port, whose) => {
  expect(knownForwarder(address, port)).toBe(whose);
});
