import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { readAuthorities } from '../../../src/core/dane/authorities.ts';
import { parseCertificate } from '../../../src/core/dane/certificate.ts';
import type { UsableHost } from '../../../src/core/tls-policy/host-policy.ts';
import type { Judge } from '../../../src/session/target.ts';
import {
  makeAuthority,
  makeCertificate,
  pemOf,
  tlsaFor,
  type TestCertificate,
} from '../../support/test-ca.ts';
import { credentials, serverFixture, type Script } from './scripted-server.ts';
import { call, offer, openSession, transactionOf } from './session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';

const serve = serverFixture();

const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const issued = makeCertificate({ names: ['mx.test'] }, intermediate);
const stranger = makeCertificate({ names: ['stranger.test'] });

describe('the chain that is judged', () => {
  /** Whose judge looks beyond the leaf. */
  const byAnchor = policyAt('dane', { tlsa: [tlsaFor(root, '2 1 1')], referenceNames: ['mx.test'] });
  const vouched = policyAt('may', { authorities: readAuthorities(pemOf(root.der)) });
  const names = (chain: readonly Uint8Array[]): string[] =>
    chain.map((der) => parseCertificate(der)?.subject.text ?? 'unreadable');

  /** What the judge is given of a server that sends these certificates. */
  async function judgedOf(
    sent: readonly TestCertificate[],
    policy: UsableHost,
    settings: SecureContextOptions = {},
    part: Partial<Script> = {},
  ) {
    const [first = issued, ...rest] = sent;
    const server = await serve({ tls: { ...credentials(first, ...rest), ...settings }, ...part });
    let judged: readonly Uint8Array[] = [];
    const judgeIt: Judge = (chain) => {
      judged = chain;
      return { word: 'Verified', ok: true };
    };
    const { connected, lines } = await call(server, policy, { judge: judgeIt });
    if (connected.kind === 'trouble') throw new Error(connected.status.reason);
    expect(await offer(connected.session, transactionOf('x\r\n'))).toMatchObject({
      statuses: [{ outcome: 'sent' }],
    });
    return { judged, lines };
  }

  const sentWays: readonly (readonly [string, readonly TestCertificate[]])[] = [
    ['the certificate alone', [issued]],
    ['a chain', [issued, intermediate, root]],
    ['a chain out of order', [issued, root, intermediate]],
    ['a chain with a stranger in it', [issued, stranger, intermediate, root]],
    ['the same certificate again', [issued, issued, intermediate]],
    ['two hundred of them', [issued, ...Array.from({ length: 199 }, () => intermediate)]],
  ];
  const versions: readonly (readonly [string, UsableHost, SecureContextOptions])[] = [
    ['TLSv1', vouched, { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['TLSv1.1', vouched, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['TLSv1.2', byAnchor, { maxVersion: 'TLSv1.2' }],
    ['TLS_AES_128_GCM_SHA256', byAnchor, { ciphers: 'TLS_AES_128_GCM_SHA256' }],
    ['TLS_AES_256_GCM_SHA384', byAnchor, { ciphers: 'TLS_AES_256_GCM_SHA384' }],
    ['TLS_CHACHA20_POLY1305_SHA256', byAnchor, { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }],
    ['TLSv1.3 at the second ClientHello', byAnchor, { minVersion: 'TLSv1.3', ecdhCurve: 'P-521' }],
  ];

  describe.each(versions)('with %s', (_, policy, settings) => {
    test.each(sentWays)('is what was sent, as it was sent: %s', async (__, sent) => {
      const { judged, lines } = await judgedOf(sent, policy, settings);
      expect(names(judged)).toEqual(names(sent.map(({ der }) => der)));
      expect(judged.every((der, at) => sent[at]?.der.equals(der))).toBe(true);
      expect(lines.filter((line) => line.startsWith('warning'))).toEqual([]);
    });
  });

  test('is the whole where a certificate of ours is asked for too', async () => {
    const { judged } = await judgedOf([issued, intermediate], byAnchor, {}, { asksForCertificate: true });
    expect(judged).toHaveLength(2);
  });

  test('is the whole in the smallest records that a server can ask for', async () => {
    const sent = [issued, ...Array.from({ length: 100 }, () => intermediate)];
    const { judged } = await judgedOf(sent, byAnchor, {}, { recordBytes: 512 });
    expect(judged).toHaveLength(101);
  });

  test('is the certificate of the server where no other can make a difference', async () => {
    const sent = [issued, intermediate, root];
    for (const policy of [
      policyAt('dane', { tlsa: [tlsaFor(issued, '3 1 1')] }),
      policyAt('encrypt'),
      policyAt('may'),
    ]) {
      const { judged } = await judgedOf(sent, policy);
      expect(names(judged)).toEqual(names([issued.der]));
    }
  });
});

/** Stands between us and a server, and cuts the connection when the server has said so many octets. */
async function cutAfter(octets: number, behind: number, how: 'end' | 'destroy' | 'resetAndDestroy') {
  const sockets: Socket[] = [];
  const between = createServer((client) => {
    const real = connect(behind, '127.0.0.1');
    sockets.push(client, real);
    let passed = 0;
    client.on('error', () => undefined).on('close', () => real.destroy());
    real.on('error', () => undefined);
    client.on('data', (chunk: Buffer) => real.write(chunk));
    real.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, octets - passed));
      passed += chunk.length;
      if (passed < octets) return;
      real.destroy();
      client[how]();
    });
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  const { port } = between.address() as AddressInfo;
  return {
    port,
    isOver: () => sockets.every((socket) => socket.closed),
    stop: () => void between.close(),
  };
}

describe('a handshake that is overheard', () => {
  const policy = policyAt('verify');
  const chain = credentials(issued, intermediate, root);

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'may break at any octet, and nothing is left of it (%s)',
    async (how) => {
      const server = await serve({ tls: chain });
      // Greeting, EHLO, STARTTLS and a handshake are some 2,000 octets here.
      const cuts = Array.from({ length: 40 }, (_, at) => 100 + at * 41);
      await Promise.all(
        cuts.map(async (octets) => {
          const between = await cutAfter(octets, server.port, how);
          const { connected } = await call(between, policy);
          expect(connected).toMatchObject({ kind: 'trouble', status: { outcome: 'deferred' } });
          await until(between.isOver);
          between.stop();
        }),
      );
    },
  );

  test('may be given up at any moment', async () => {
    for (const script of [
      { on: { STARTTLS: { stall: '220 go' } } },
      { on: { 'TLS EHLO': { hang: true } } },
    ] as const) {
      const server = await serve({ tls: chain, ...script });
      const controller = new AbortController();
      const called = call(server, policy, { signal: controller.signal });
      await until(() => (server.seen[0]?.commands.length ?? 0) >= 2);
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort();
      expect((await called).connected).toMatchObject({ status: { dsn: '4.3.2' } });
      await until(() => server.seen[0]?.closed === true);
    }
  });

  test.each(['close', 'destroy'] as const)('leads to a session that ends as any other: %s()', async (how) => {
    const server = await serve({ tls: chain });
    const session = await openSession(server, policy);
    session[how]();
    await until(() => server.seen[0]?.closed === true);
    expect(session.usable()).toBe(false);
  });

  test('leads to a session that notices when the host ends it', async () => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const server = await serve({ tls: chain });
      const session = await openSession(server, policy);
      for (const socket of server.sockets) socket[end]();
      await until(() => !session.usable());
      expect(await offer(session, transactionOf('x\r\n'))).toMatchObject({
        statuses: [{ outcome: 'deferred', dsn: '4.4.2' }],
      });
    }
  });
});
