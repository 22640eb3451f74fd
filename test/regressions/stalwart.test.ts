import { expect, test } from 'vitest';
import { judge } from '../../src/core/tls-policy/judge.ts';
import { credentials, serverFixture } from '../scenario/session/scripted-server.ts';
import { call, patient } from '../scenario/session/session-kit.ts';
import { policyAt } from '../support/delivery-kit.ts';
import { makeAuthority, makeCertificate, tlsaFor } from '../support/test-ca.ts';

/**
 * What was found in Stalwart 0.16 as a DANE client, and what its users reported, where it takes a session. What a route
 * and a judgement show are rows of test/vectors, which name it under `regression`.
 *
 * Not here:
 * - a configured relay host is never eligible for DANE (#2328): there is no setting for a relay host.
 * - #1066, #1578, locks and entries of the queue that are stuck: no question of DANE; leases and the sweeper have scenarios.
 */

const leaf = makeCertificate({ names: ['mx.x.test'] });
const stranger = makeAuthority('Stranger');
const serve = serverFixture();

test('Stalwart: with unusable records only, TLS is required, and stripping STARTTLS does not get the mail in clear', async () => {
  const server = await serve({ ehlo: ['PIPELINING'] });
  const { connected } = await call(server, 'encrypt');
  expect(connected).toMatchObject({ step: 'STARTTLS', status: { outcome: 'deferred', dsn: '4.7.4' } });
});

test('Stalwart: a certificate that does not match bounces the mail', async () => {
  const server = await serve({ tls: credentials(leaf) });
  const policy = policyAt('dane', { tlsa: [tlsaFor(stranger, '3 1 1')] });
  const { connected } = await call(server, policy, { judge: (chain, own) => judge(chain, own, Date.now()) });
  expect(connected).toMatchObject({
    step: 'certificate',
    status: { outcome: 'deferred', dsn: '4.7.5', scope: 'host' },
  });
});

test('stalwart#2059: a server that stalls in the handshake is waited for in vain, again and again', async () => {
  const server = await serve({ on: { STARTTLS: { stall: '220 go' } } });
  const timeouts = { ...patient, starttlsMs: 1_500 };
  const { connected, lines } = await call(server, 'dane', { timeouts });
  expect(connected).toMatchObject({
    step: 'handshake',
    status: { outcome: 'deferred', dsn: '4.7.5', scope: 'host' },
  });
  expect(lines).toEqual([`SSL_connect error to mx.test[127.0.0.1]:${server.port}: Connection timed out`]);
});
