import { expect, test } from 'vitest';
import { clientAt, localClient, mayRelay, type ClientIdentity } from './client-identity.ts';

const inNetworks = (address: string): boolean => address.startsWith('192.0.2.');
const stranger = clientAt('198.51.100.1', 'mx', 4711);

test.each<[string, ClientIdentity, boolean]>([
  ['a stranger', stranger, false],
  ['a client of the networks', clientAt('192.0.2.7', 'mx'), true],
  ['a client of a unix socket', localClient('local'), true],
  ['a client behind a unix socket', { ...localClient('local'), ...stranger }, false],
  ['a login', { ...stranger, user: 'printer' }, true],
  ['a certificate with the right', { ...stranger, certificateMayRelay: true }, true],
  ['a health check of the networks', { ...clientAt('192.0.2.7', 'mx'), isHealthCheck: true }, false],
  ['a health check with a login', { ...stranger, user: 'printer', isHealthCheck: true }, false],
])('mayRelay(): %s', (_, client, may) => {
  expect(mayRelay(client, inNetworks)).toBe(may);
});

test('clientAt(): has a port if one is known', () => {
  expect(stranger).toMatchObject({ name: 'unknown', port: 4711, listener: 'mx' });
  expect(clientAt('192.0.2.7', 'mx')).not.toHaveProperty('port');
});
