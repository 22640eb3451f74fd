import { expect, test } from 'vitest';
import { isServiceLink } from './service-links.ts';

test.each([
  ['DANE_RELAY_SERVICE_HOST', '10.43.0.7'],
  ['DANE_RELAY_SERVICE_PORT', '25'],
  ['DANE_RELAY_SMTP_SERVICE_PORT_SUBMISSION', '587'],
  ['DANE_RELAY_PORT', 'tcp://10.43.0.7:25'],
  ['DANE_RELAY_PORT_25_TCP', 'tcp://10.43.0.7:25'],
  ['DANE_RELAY_PORT_25_TCP_ADDR', '10.43.0.7'],
  ['DANE_RELAY_PORT_53_UDP_PROTO', 'udp'],
])('isServiceLink(): %s=%s is one', (name, text) => {
  expect(isServiceLink(name, text)).toBe(true);
});

test.each([
  ['DANE_RELAY_LISTEN_PORT', '25'],
  ['DANE_RELAY_SERVICE_PORT', 'submission'],
  ['DANE_RELAY_PORT_TCP', '25'],
  ['DANE_RELAY_REDIS_ULR', 'redis://h'],
])('isServiceLink(): %s=%s may be a mistake', (name, text) => {
  expect(isServiceLink(name, text)).toBe(false);
});
