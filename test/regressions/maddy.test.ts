import { afterEach, describe, expect, test } from 'vitest';
import { lookupTlsa } from '../../src/core/tls-policy/tlsa-lookup.ts';
import { createStubResolver } from '../../src/resolver/stub-resolver.ts';
import { replyTo, startScriptedDns, type ScriptedDns } from '../scenario/resolver/scripted-dns.ts';
import { serverFixture } from '../scenario/session/scripted-server.ts';
import { call } from '../scenario/session/session-kit.ts';
import { makeCertificate, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { signedZone } from './fake-dns.ts';

/**
 * What was found in maddy 0.9 as a DANE client, where it takes a socket. What a route and a judgement show are rows of
 * test/vectors, which name it under `regression`.
 */

const host = 'mx.x.test';
const ee = tlsaFor(makeCertificate({ names: [host] }), '3 1 1');
const serve = serverFixture();

describe('maddy: a truncated reply is read as "no records"', () => {
  let dns: ScriptedDns | undefined;
  afterEach(async () => dns?.close());

  test.each([
    ['TCP is silent', () => []],
    ['the reply by TCP is truncated too', undefined],
  ])('no: it has failed, when %s', async (_, overTcp) => {
    dns = await startScriptedDns((query, transport) =>
      transport === 'tcp' && overTcp !== undefined ? overTcp() : [replyTo(query, { tc: true, ad: true })],
    );
    const resolver = createStubResolver({
      servers: [dns],
      trustAd: () => true,
      timeoutMs: 100,
      attempts: 1,
      now: Date.now,
      random: () => 1,
    });
    const address = { secure: true, name: host, aliases: [] };
    expect(await lookupTlsa({ host, port: 25, address }, resolver.lookup)).toMatchObject({
      kind: 'failed',
      type: 'TLSA',
    });
    resolver.close();
  });
});

test('maddy: after any TLS error the server is greeted again in clear', async () => {
  const server = await serve({ on: { STARTTLS: { drop: '220 go' } } });
  const { connected } = await call(server, 'dane');
  expect(connected).toMatchObject({ step: 'handshake', status: { dsn: '4.7.5' } });
  // Once more with a smaller ClientHello; never without TLS.
  for (const { commands } of server.seen) expect(commands).toEqual(['EHLO relay.test', 'STARTTLS']);
  expect(server.seen.length).toBeGreaterThan(0);
  expect(await attempt({ zone: signedZone(ee), handshakeFails: true })).toMatchObject({
    connections: ['mx.x.test[192.0.2.1] dane as mx.x.test'],
  });
});
