import { describe, expect, test } from 'vitest';
import { serverFixture } from '../scenario/session/scripted-server.ts';
import { call, patient } from '../scenario/session/session-kit.ts';
import { makeCertificate, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { mx, signedHost, signedZone } from './fake-dns.ts';

/**
 * What was found in KumoMTA (main of August 2026) as a DANE client, and what its users reported, where it takes a
 * session. What a route and a judgement show are rows of test/vectors, which name it under `regression`.
 *
 * Not here: `enable_dane` is off by default; `tls.level` is `dane` by default (test of the settings).
 */

const host = 'mx.x.test';
const ee = tlsaFor(makeCertificate({ names: [host] }), '3 1 1');
const serve = serverFixture();

describe('KumoMTA: mail goes in clear after a handshake that failed', () => {
  const ageMs = 4 * 86_400_000;
  const unsignedMx = {
    'x.test MX': mx(host),
    '!mx.x.test A': ['192.0.2.1'],
    '!_25._tcp.mx.x.test TLSA': [ee],
  };

  test.each([
    ['dane', signedZone(ee), 'dane as mx.x.test'],
    ['dane-only', signedZone(ee), 'dane-only as mx.x.test'],
    ['dane', unsignedMx, 'half-dane as mx.x.test'],
    ['dane', signedZone({ ...ee, usage: 1 }), 'encrypt'],
    ['encrypt', signedHost, 'encrypt'],
  ] as const)('never at %s, however long it has waited', async (level, zone, treatment) => {
    expect(await attempt({ zone, level, handshakeFails: true, ageMs })).toMatchObject({
      outcome: 'deferred',
      dsn: '4.7.5',
      connections: [`mx.x.test[192.0.2.1] ${treatment}`],
    });
  });

  test('without TLSA records not at once, and on a new connection', async () => {
    const young = await attempt({ zone: signedHost, handshakeFails: true });
    expect(young).toMatchObject({ outcome: 'deferred', connections: ['mx.x.test[192.0.2.1] may'] });
    const old = await attempt({ zone: signedHost, handshakeFails: true, ageMs });
    expect(old).toMatchObject({
      outcome: 'sent',
      connections: ['mx.x.test[192.0.2.1] may', 'mx.x.test[192.0.2.1] none'],
    });
  });
});

test('kumomta#577: a server that stalls in the handshake is no failure to recover from', async () => {
  const server = await serve({ on: { STARTTLS: { stall: '220 go' } } });
  const { connected } = await call(server, 'may', { timeouts: { ...patient, starttlsMs: 1_500 } });
  expect(connected).toMatchObject({ step: 'handshake', status: { outcome: 'deferred', scope: 'message' } });
});
