import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import type { TlsaRecord } from '../../../src/core/dns/record.ts';
import { judge } from '../../../src/core/tls-policy/judge.ts';
import type { Judge } from '../../../src/session/target.ts';
import { ecKeys, makeCertificate, rsaKeys } from '../../support/test-ca.ts';
import { call, offer, openSession, transactionOf } from './session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';
import { credentials, serverFixture, type Script } from './scripted-server.ts';

const serve = serverFixture();

const leaf = makeCertificate({ names: ['mx.test'] });
const tls = credentials(leaf);
/** How the relay judges. */
const byDane: Judge = (chain, policy) => judge(chain, policy, Date.now());
function record(spki: Buffer): TlsaRecord {
  return { usage: 3, selector: 1, matching: 1, data: createHash('sha256').update(spki).digest() };
}
const right = record(leaf.spki);
const wrong = record(ecKeys().publicKey.export({ type: 'spki', format: 'der' }));

test('connect(): a certificate that matches: Verified, and mail goes out over TLS only', async () => {
  const server = await serve({ tls });
  const policy = policyAt('dane', { tlsa: [wrong, right], serverName: 'base.mx.test.' });
  const { connected, lines } = await call(server, policy, { judge: byDane });
  if (connected.kind === 'trouble') throw new Error(connected.status.reason);
  expect(lines).toEqual([
    expect.stringMatching(
      /^Verified TLS connection established to mx\.test\[127\.0\.0\.1\]:\d+: TLSv1\.3 with cipher TLS_AES_256_GCM_SHA384 \(256\/256 bits\) key-exchange X25519\w* server-signature ECDSA \(prime256v1\) server-digest SHA256$/,
    ) as string,
  ]);
  expect(connected.session).toMatchObject({
    tls: { word: 'Verified', facts: { protocol: 'TLSv1.3' } },
    policyKey: 'dane',
  });
  expect(await offer(connected.session, transactionOf('hello\r\n'))).toMatchObject({
    statuses: [{ outcome: 'sent' }],
  });
  const seen = server.seen[0];
  expect(seen?.serverName).toBe('base.mx.test');
  expect(seen?.commands).toEqual([
    'EHLO relay.test',
    'STARTTLS',
    'TLS EHLO relay.test',
    'TLS MAIL FROM:<a@example.org> SIZE=7',
    'TLS RCPT TO:<b@example.net>',
    'TLS DATA',
  ]);
});

test.each([
  ['the leaf is all that counts', policyAt('encrypt')],
  ['the chain counts', policyAt('dane', { tlsa: [{ ...right, usage: 2 }] })],
])(
  'connect(): a relay without a name gives its address instead, before and after TLS: %s',
  async (_, policy) => {
    const server = await serve({ tls });
    await openSession(server, policy, { heloName: '', hostname: 'relay.localdomain' });
    expect(server.seen[0]?.commands).toEqual(['EHLO [127.0.0.1]', 'STARTTLS', 'TLS EHLO [127.0.0.1]']);
  },
);

describe.each(['dane', 'dane-only', 'half-dane'] as const)(
  'connect(): at %s a certificate that does not match',
  (level) => {
    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'gets not one octet after the handshake (%s)',
      async (version) => {
        const server = await serve({ tls: { ...tls, minVersion: version, maxVersion: version } });
        const { connected, lines } = await call(server, policyAt(level, { tlsa: [wrong] }), {
          judge: byDane,
        });
        const relay = `mx.test[127.0.0.1]:${server.port}`;
        expect(connected).toMatchObject({
          kind: 'trouble',
          step: 'certificate',
          status: {
            outcome: 'deferred',
            dsn: '4.7.5',
            reason: 'Server certificate not verified',
            scope: 'host',
            relay,
          },
        });
        expect(lines).toEqual([
          `server certificate verification failed for ${relay}: num=65:no matching DANE TLSA records`,
          expect.stringMatching(
            /^Untrusted TLS connection established to mx\.test\[127\.0\.0\.1\]:\d+: TLSv1/,
          ) as string,
        ]);
        await until(() => server.seen[0]?.closed === true);
        expect(server.seen).toHaveLength(1);
        // The client may be gone before the server has read the end of a TLS 1.3 handshake.
        expect(server.seen[0]).toMatchObject({ tlsOctets: 0, commands: ['EHLO relay.test', 'STARTTLS'] });
      },
    );
  },
);

test('connect(): nothing is written over TLS before the certificates were judged', async () => {
  const server = await serve({ tls });
  let octetsAtJudgement = -1;
  const late: Judge = () => {
    octetsAtJudgement = server.seen[0]?.tlsOctets ?? -1;
    return { word: 'Verified', ok: true };
  };
  await openSession(server, 'dane', { judge: late });
  expect(octetsAtJudgement).toBe(0);
});

test('connect(): a judge that fails drops the connection and is heard of', async () => {
  const server = await serve({ tls });
  const broken: Judge = () => {
    throw new Error('bug');
  };
  await expect(call(server, 'dane', { judge: broken })).rejects.toThrow('bug');
  await until(() => server.seen[0]?.closed === true);
  expect(server.seen[0]?.tlsOctets).toBe(0);
});

test.each(['may', 'encrypt'] as const)(
  'connect(): at %s a certificate nobody vouches for is good enough',
  async (level) => {
    const server = await serve({ tls });
    const { connected, lines } = await call(server, level, { judge: byDane });
    expect(connected).toMatchObject({ kind: 'open', session: { tls: { word: 'Untrusted' } } });
    expect(lines[0]).toMatch(/^Untrusted TLS connection established/);
    await until(() => server.seen[0]?.serverName !== undefined);
    expect(server.seen[0]?.serverName).toBe(false);
  },
);

test.each([
  ['an address', '127.0.0.1', false],
  ['an IPv6 address', '::1', false],
  ['a name with a dot at the end', 'mx.test.', 'mx.test'],
])('connect(): %s as server name', async (_, serverName, seen) => {
  const server = await serve({ tls });
  await openSession(server, policyAt('dane', { serverName }));
  expect(server.seen[0]?.serverName).toBe(seen);
});

describe('connect(): what came in clear is forgotten', () => {
  test('replies injected behind 220 answer nothing', async () => {
    const server = await serve({ tls, afterStartTls: '250-injected\r\n250 SIZE 1\r\n250 ok\r\n25' });
    const { connected, lines } = await call(server, 'encrypt');
    if (connected.kind === 'trouble') throw new Error(connected.status.reason);
    expect(lines[0]).toBe(
      `warning: mx.test[127.0.0.1]:${server.port} sent more than its reply to STARTTLS: discarded`,
    );
    expect(connected.session.capabilities).toMatchObject({ name: 'mx.test', size: 50_000_000 });
    expect(await offer(connected.session, transactionOf('hello\r\n'))).toMatchObject({
      statuses: [{ outcome: 'sent', reason: '250 2.0.0 Ok: queued as 4TEST' }],
    });
  });

  test('so are the capabilities', async () => {
    const server = await serve({ tls, on: { 'TLS EHLO': '250-mx.test\r\n250 8BITMIME' } });
    const session = await openSession(server, 'encrypt');
    expect(session.capabilities).toMatchObject({
      pipelining: false,
      size: false,
      startTls: false,
      eightBitMime: true,
    });
  });

  test('and a server that offers STARTTLS again is not asked', async () => {
    const server = await serve({ tls, on: { 'TLS EHLO': '250-mx.test\r\n250 STARTTLS' } });
    await openSession(server, 'encrypt');
    expect(server.seen[0]?.commands).toEqual(['EHLO relay.test', 'STARTTLS', 'TLS EHLO relay.test']);
  });
});

test('connect(): over TLS an authenticated host may refuse for good', async () => {
  const server = await serve({ tls, on: { 'TLS EHLO': '550 5.7.1 no', 'TLS HELO': '550 5.7.1 no' } });
  const { connected } = await call(server, 'dane');
  expect(connected).toMatchObject({ step: 'EHLO', status: { outcome: 'bounced', dsn: '5.7.1' } });
});

describe('versions and suites', () => {
  const old = { ...tls, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const;
  const anonymous = {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: 'aNULL:@SECLEVEL=0',
    ecdhCurve: 'auto',
  } as const;

  test.each(['may', 'encrypt'] as const)('%s: TLS 1.0 is better than nothing', async (level) => {
    const server = await serve({ tls: old });
    const { lines } = await call(server, level, { judge: byDane });
    expect(lines[0]).toMatch(
      /^Untrusted TLS connection established to .*: TLSv1 with cipher ECDHE-ECDSA-AES256-SHA \(256\/256 bits\)$/,
    );
  });

  test.each(['may', 'encrypt'] as const)('%s: so is a server without a certificate', async (level) => {
    const server = await serve({ tls: anonymous });
    const { connected, lines } = await call(server, level, { judge: byDane });
    if (connected.kind === 'trouble') throw new Error(connected.status.reason);
    expect(lines[0]).toMatch(
      /^Anonymous TLS connection established to .*: TLSv1\.2 with cipher (?:AECDH|ADH)-\S+ \(\d+\/\d+ bits\)$/,
    );
    expect(await offer(connected.session, transactionOf('x\r\n'))).toMatchObject({
      statuses: [{ outcome: 'sent' }],
    });
  });

  test.each(['may', 'encrypt'] as const)(
    '%s: a server that has both shows its certificate',
    async (level) => {
      const both = {
        ...tls,
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.2',
        ciphers: 'ALL:aNULL:@SECLEVEL=0',
        honorCipherOrder: false,
      };
      const server = await serve({ tls: both as Script['tls'] & object });
      expect(await call(server, level, { judge: byDane })).toMatchObject({
        connected: { session: { tls: { word: 'Untrusted' } } },
      });
    },
  );

  const matching = ['half-dane', 'dane', 'dane-only', 'fingerprint', 'verify', 'secure'] as const;
  test.each(matching)('%s: neither', async (level) => {
    for (const settings of [old, anonymous]) {
      const server = await serve({ tls: settings });
      const { connected } = await call(server, level);
      expect(connected).toMatchObject({ step: 'handshake', status: { dsn: '4.7.5', scope: 'host' } });
    }
  });

  test('may: a failed handshake says nothing about the host as a whole', async () => {
    const server = await serve({ on: { STARTTLS: '220 go\r\n' } });
    const called = call(server, 'may');
    await until(() => server.seen[0]?.commands.length === 2);
    for (const socket of server.sockets) socket.end('no TLS here\r\n');
    expect(await called).toMatchObject({
      connected: { step: 'handshake', status: { dsn: '4.7.5', scope: 'message' } },
    });
  });

  test.each([
    ['RSA', makeCertificate({ keys: rsaKeys(2048) }), /server-signature RSA-PSS \(2048 bits\)$/],
    ['ECDSA', leaf, /server-signature ECDSA \(prime256v1\) server-digest SHA256$/],
  ])('the summary names a key of %s', async (_, certificate, text) => {
    const server = await serve({ tls: credentials(certificate) });
    expect((await call(server, 'encrypt')).lines[0]).toMatch(text);
  });
});
