import { once } from 'node:events';
import { connect as dial, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { judge } from '../../../src/core/tls-policy/judge.ts';
import { attackKeys } from '../../support/attack-chains.ts';
import { handshakeAttacks } from '../../support/handshake-attacks.ts';
import {
  keyPemOf,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
  rsaKeys,
  tlsaFor,
} from '../../support/test-ca.ts';
import { serverFixture, type Script } from '../session/scripted-server.ts';
import { call } from '../session/session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';

/**
 * What a host has a TLS library compute within the handshake, with real libraries on both sides: that what takes long never
 * reaches ours is counted in `src/session/handshake-guard.test.ts`.
 */

const serve = serverFixture();
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const showing = (chain: readonly Buffer[], settings: SecureContextOptions = {}): SecureContextOptions => ({
  key: keyPemOf({ keys: attackKeys }),
  cert: chain.map(pemOf).join(''),
  ...settings,
});
const levels = ['may', 'encrypt', 'dane', 'verify', 'fingerprint'] as const;
const failed =
  /^SSL_connect error to mx\.test\[127\.0\.0\.1\]:\d+: certificates take too much work to verify$/;

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s: certificates that take too much work', (version) => {
  test.each(Object.keys(handshakeAttacks))('end the handshake: %s', async (title) => {
    const { chain } = handshakeAttacks[title]?.() ?? { chain: [] };
    const server = await serve({ tls: showing(chain, { minVersion: version, maxVersion: version }) });
    const { connected, lines } = await call(server, 'encrypt');
    expect(connected).toMatchObject({
      step: 'handshake',
      tlsBroke: true,
      noSuite: false,
      unanswered: false,
      status: {
        outcome: 'deferred',
        scope: 'host',
        dsn: '4.7.5',
        reason: 'Cannot start TLS: handshake failure',
        tlsFault: { kind: 'handshake', mismatch: 'too much work' },
      },
    });
    expect(lines).toEqual([expect.stringMatching(failed)]);
    // There was one connection, and no handshake came about.
    await until(() => server.seen.every(({ closed }) => closed));
    expect(server.seen.map(({ handshakes }) => handshakes)).toEqual([0]);
  });
});

describe('it is the same', () => {
  const { chain } = handshakeAttacks['500 distribution points below an issuer of 330 parts']?.() ?? {
    chain: [],
  };

  test.each(levels)('at the level %s', async (level) => {
    const server = await serve({ tls: showing(chain) });
    const { connected } = await call(server, policyAt(level));
    expect(connected).toMatchObject({ step: 'handshake', status: { outcome: 'deferred' } });
    expect(server.seen.map(({ handshakes, tlsOctets }) => [handshakes, tlsOctets])).toEqual([[0, 0]]);
  });

  test.each<[string, Script]>([
    ['in wrapper mode', { wrapped: true }],
    ['at the second ClientHello', { tls: showing(chain, { minVersion: 'TLSv1.3', ecdhCurve: 'P-521' }) }],
    ['in small records', { recordBytes: 512 }],
    [
      'with TLS 1.0',
      { tls: showing(chain, { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }) },
    ],
    ['where a certificate of ours is asked for', { asksForCertificate: true }],
  ])('%s', async (_, script) => {
    const server = await serve({ tls: showing(chain), ...script });
    const policy = policyAt('may', script.wrapped === true ? { wrapper: true } : {});
    const { connected, lines } = await call(server, policy);
    expect(connected).toMatchObject({ step: 'handshake', status: { outcome: 'deferred' } });
    expect(lines).toEqual([expect.stringMatching(failed)]);
    expect(server.seen[0]?.handshakes).toBe(0);
  });
});

/** Passes on what a server says in pieces of so many octets. */
async function inPieces(octets: number, behind: number): Promise<{ readonly port: number }> {
  const between = createServer({ noDelay: true }, (client) => {
    const real = dial(behind, '127.0.0.1');
    real.on('error', () => undefined).on('close', () => client.destroy());
    client.on('error', () => undefined).on('close', () => real.destroy());
    client.pipe(real);
    real.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += octets) client.write(chunk.subarray(at, at + octets));
    });
  }).listen(0, '127.0.0.1');
  servers.push(between);
  await once(between, 'listening');
  return { port: (between.address() as AddressInfo).port };
}

describe('a whole bundle of authorities', () => {
  const keys = rsaKeys(2048);
  const root = makeAuthority('Root', { keys });
  const leaf = makeCertificate({ names: ['mx.test'], keys: attackKeys }, root);
  const bundle = Array.from({ length: 124 }, (_, index) => makeAuthority(`Authority ${index}`, { keys }));
  const chain = [leaf, ...bundle, root].map(({ der }) => der);

  test.each([
    ['TLSv1.2', {}],
    ['TLSv1.3', { ciphers: 'TLS_AES_128_GCM_SHA256' }],
    ['TLSv1.3', { ciphers: 'TLS_AES_256_GCM_SHA384' }],
    ['TLSv1.3', { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }],
    ['TLSv1.3', { ecdhCurve: 'P-521' }],
  ] as const)('is served, and the anchor behind it matches: %s %o', async (version, settings) => {
    const server = await serve({
      tls: showing(chain, { minVersion: version, maxVersion: version, ...settings }),
    });
    const policy = policyAt('dane', { tlsa: [tlsaFor(root, '2 1 1')], referenceNames: ['mx.test'] });
    for (const between of [server, await inPieces(1, server.port), await inPieces(1000, server.port)]) {
      const { connected } = await call(between, policy, { judge: (sent, each) => judge(sent, each, now) });
      expect(connected).toMatchObject({ kind: 'open', session: { tls: { word: 'Verified' } } });
    }
  });
});

/** Extensions of the ClientHello that a server gets. */
async function offeredExtensions(): Promise<readonly number[]> {
  let hello = Buffer.alloc(0);
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      hello = Buffer.concat([hello, chunk]);
      if (hello.length >= 5 && hello.length >= 5 + hello.readUInt16BE(3)) socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  await call({ port: (server.address() as AddressInfo).port }, policyAt('encrypt', { wrapper: true }));
  // Record and message, version and random number; then session, suites and compression, each with its length.
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const extensions: number[] = [];
  for (at += 2; at + 4 <= 5 + hello.readUInt16BE(3); at += 4 + hello.readUInt16BE(at + 2)) {
    extensions.push(hello.readUInt16BE(at));
  }
  return extensions;
}

test('what would be more to bound is not offered: compressed certificates, stapled answers, bare keys', async () => {
  const extensions = await offeredExtensions();
  // supported_groups, signature_algorithms
  expect(extensions).toEqual(expect.arrayContaining([10, 13]));
  // RFC 6066 §8, RFC 6962 §3.3.1, RFC 7250, RFC 8446 §4.6.2, RFC 8879
  for (const type of [5, 18, 19, 20, 49, 27]) expect(extensions).not.toContain(type);
});
