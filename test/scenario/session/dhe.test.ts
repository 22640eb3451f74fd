import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/core/tls-policy/judge.ts';
import { der, integer, sequence } from '../../support/der-writer.ts';
import { ecKeys, makeCertificate, rsaKeys, tlsaFor } from '../../support/test-ca.ts';
import { usualTls } from '../../support/tls-settings.ts';
import { credentials, serverFixture, type Script } from './scripted-server.ts';
import { call, offer, transactionOf } from './session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';

const serve = serverFixture();
const certificate = makeCertificate({ names: ['mx.test'], keys: rsaKeys(2048) });
const retry = /^no cipher suite in common with mx\.test\[127\.0\.0\.1\]:\d+: trying again with DHE$/;

/** A group of so many bits. That its prime is one is of no concern to anybody before the keys are agreed. */
function group(bits: number): string {
  const prime = randomBytes(bits / 8);
  prime[0] = 0xff;
  prime[prime.length - 1] = 0xfb;
  const encoded = sequence(der(0x02, Buffer.from([0]), prime), integer(2)).toString('base64');
  return `-----BEGIN DH PARAMETERS-----\n${encoded.match(/.{1,64}/g)?.join('\n')}\n-----END DH PARAMETERS-----\n`;
}

/** A server that knows suites with DHE and no other. */
const onlyDhe = (bits: number, more: Script['tls'] = {}): Script['tls'] & object => ({
  ...credentials(certificate),
  maxVersion: 'TLSv1.2',
  ciphers: 'DHE:@SECLEVEL=0',
  dhparam: group(bits),
  ...more,
});

describe('a server that knows DHE and nothing better', () => {
  test.each([
    ['may', 1024],
    ['may', 2048],
    ['encrypt', 2048],
    ['dane', 3072],
    ['dane', 4096],
  ] as const)('%s: is spoken to at the second try, in a group of %i bits', async (level, bits) => {
    const server = await serve({ tls: onlyDhe(bits) });
    const policy = policyAt(level, { tlsa: [tlsaFor(certificate, '3 1 1')] });
    const { connected, lines } = await call(server, policy, {
      judge: (chain, each) => judge(chain, each, Date.now()),
    });
    if (connected.kind === 'trouble') throw new Error(connected.status.reason);
    expect(lines).toEqual([
      expect.stringMatching(/^SSL_connect error to /),
      expect.stringMatching(/^warning: TLS library problem: error:0A000410:/),
      expect.stringMatching(retry),
      expect.stringMatching(
        /^(?:Verified|Untrusted) TLS connection established to .*: TLSv1\.2 with cipher DHE-RSA-AES256-GCM-SHA384 /,
      ),
    ]);
    const content = `${'x'.repeat(70)}\r\n`.repeat(40_000);
    expect(await offer(connected.session, transactionOf(content))).toMatchObject({
      statuses: [{ outcome: 'sent' }],
    });
    expect(server.seen[1]?.contentOctets).toBeGreaterThanOrEqual(content.length);
    expect(server.seen[0]?.handshakes).toBe(0);
  });

  test.each([4104, 8192, 10_000])('is hung up on when its group has %i bits', async (bits) => {
    const server = await serve({ tls: onlyDhe(bits) });
    const { connected, lines } = await call(server, 'may');
    expect(connected).toMatchObject({ step: 'handshake', status: { dsn: '4.7.5', outcome: 'deferred' } });
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(retry),
      expect.stringMatching(
        new RegExp(`^SSL_connect error to .*: group of ${bits} bits for DHE, which is more than 4096$`),
      ),
    ]);
    expect(server.seen.map(({ handshakes }) => handshakes)).toEqual([0, 0]);
  });

  test('is asked again at TLS 1.0 where policy allows that', async () => {
    const server = await serve({ tls: onlyDhe(1024, { minVersion: 'TLSv1', maxVersion: 'TLSv1' }) });
    const { lines } = await call(server, 'may', { judge: () => ({ word: 'Untrusted', ok: true }) });
    expect(lines.at(-1)).toMatch(/: TLSv1 with cipher DHE-RSA-AES256-SHA \(256\/256 bits\)$/);
  });

  test('is not asked again where nothing older than TLS 1.3 is allowed', async () => {
    const server = await serve({ tls: onlyDhe(2048) });
    const tls = { ...usualTls, versions: ['TLSv1.3'] } as const;
    const { connected } = await call(server, policyAt('encrypt', { tls }));
    expect(connected).toMatchObject({ step: 'handshake' });
    expect(server.seen).toHaveLength(1);
  });
});

test('a server that knows something better is never asked for DHE', async () => {
  const server = await serve({
    tls: { ...onlyDhe(2048), ciphers: 'DHE:ECDHE:@SECLEVEL=0', honorCipherOrder: true },
  });
  const { lines } = await call(server, 'encrypt');
  expect(lines).toEqual([expect.stringMatching(/: TLSv1\.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 /)]);
});

test.each(['ffdhe4096', 'ffdhe8192'])('TLS 1.3: %s is not offered', async (ecdhCurve) => {
  const server = await serve({
    tls: {
      ...credentials(makeCertificate({ names: ['mx.test'], keys: ecKeys() })),
      ecdhCurve,
      minVersion: 'TLSv1.3',
    },
  });
  const { connected } = await call(server, 'encrypt');
  expect(connected).toMatchObject({ step: 'handshake' });
  for (const { handshakes } of server.seen) expect(handshakes).toBe(0);
});

test.each(['ffdhe2048', 'ffdhe3072', 'X448', 'P-521'])('TLS 1.3: %s is offered', async (ecdhCurve) => {
  const server = await serve({ tls: { ...credentials(certificate), ecdhCurve, minVersion: 'TLSv1.3' } });
  expect((await call(server, 'encrypt')).connected.kind).toBe('open');
});
