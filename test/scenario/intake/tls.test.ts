import { createHash, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { plainListener, type ListenerRules } from '../../../src/core/intake/listener.ts';
import type { IntakeListener, IntakeOptions } from '../../../src/intake/intake-options.ts';
import type { ServerIdentity } from '../../../src/tls/accept-tls.ts';
import { readServerCertificate } from '../../../src/tls/server-certificate.ts';
import { attackKeys } from '../../support/attack-chains.ts';
import { handshakeAttacks } from '../../support/handshake-attacks.ts';
import {
  keyPemOf,
  ecKeys,
  makeAuthority,
  makeCertificate,
  pemOf,
  rsaKeys,
  type TestCertificate,
} from '../../support/test-ca.ts';
import { securedClient, type RawClient } from './raw-client.ts';
import { runIntake, type RunningIntake } from './running-intake.ts';

const ca = makeAuthority('ca', { notAfter: Date.UTC(2100, 0) });
const leaf = (names: readonly string[]): TestCertificate =>
  makeCertificate({ names, notAfter: Date.UTC(2100, 0) }, ca);
const pems = ({ der, keys }: TestCertificate): { certificate: string; key: string } => ({
  certificate: pemOf(der),
  key: keyPemOf({ keys }),
});
const relay = leaf(['relay.example']);
const other = leaf(['other.example', '*.wild.example']);
const clientLeaf = leaf(['client.example']);
const sha256 = (octets: Buffer): string => createHash('sha256').update(octets).digest('hex');

function identityFor(relayClientcerts: readonly string[] = []): ServerIdentity {
  const asks = relayClientcerts.length > 0;
  return {
    certificates: [readServerCertificate(pems(relay), asks), readServerCertificate(pems(other), asks)],
    relayClientcerts: new Set(relayClientcerts),
  };
}

function listen(
  rules: Partial<ListenerRules>,
  identity: ServerIdentity | undefined = identityFor([...(rules.relayClientcerts ?? [])]),
): Pick<IntakeOptions, 'listeners'> {
  const listener: IntakeListener = {
    at: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    rules: { ...plainListener('test'), tls: 'starttls', ...rules },
    identity: () => identity,
  };
  return { listeners: [listener] };
}

/** Begins TLS on a client that has read the reply to STARTTLS, or on a new one. */
const secured = (intake: RunningIntake, plain?: RawClient, options?: ConnectionOptions): Promise<RawClient> =>
  securedClient(plain ?? intake.address, ca, options);

async function startTls(intake: RunningIntake, options: ConnectionOptions = {}): Promise<RawClient> {
  const plain = await intake.client();
  await plain.reply();
  await plain.say('EHLO client.example');
  expect(await plain.say('STARTTLS')).toBe('220 2.0.0 Ready to start TLS');
  return secured(intake, plain, options);
}

async function sendMail(client: RawClient): Promise<string> {
  const reply = await client.talk(
    'EHLO client.example',
    'MAIL FROM:<s@x.example>',
    'RCPT TO:<r@y.example>',
    'DATA',
  );
  if (!reply.startsWith('354')) return reply;
  return client.say('Subject: x\r\n\r\ntext\r\n.');
}

describe('STARTTLS', () => {
  test('is offered, and mail that comes under it says so', async () => {
    await using intake = await runIntake(listen({}));
    const plain = await intake.client();
    await plain.reply();
    expect((await plain.say('EHLO client.example')).split('\n')).toContain('250-STARTTLS');
    expect(await plain.say('STARTTLS now')).toBe('501 5.5.4 Syntax: STARTTLS');
    expect(await plain.say('STARTTLS')).toBe('220 2.0.0 Ready to start TLS');
    const client = await secured(intake, plain);
    expect((await client.say('EHLO client.example')).split('\n')).not.toContain('250-STARTTLS');
    expect(await client.say('STARTTLS')).toBe('554 5.5.1 Error: TLS already active');
    expect(await sendMail(client)).toBe('250 2.0.0 Ok: queued as Q1');
    expect(intake.stored[0]?.message.client?.protocol).toBe('ESMTPS');
    expect(intake.stored[0]?.content).toMatch(
      /^Received: from client\.example \(localhost \[127\.0\.0\.1\]\)\r\n\t\(using TLSv1\.3 with cipher TLS_AES_256_GCM_SHA384 \(256\/256 bits\) server-signature ECDSA \(prime256v1\) server-digest SHA256\)\r\n\t\(No client certificate requested\)\r\n\tby relay\.example \(dane-relay\) with ESMTPS id Q1/,
    );
    expect(await client.say('QUIT')).toBe('221 2.0.0 Bye');
    await client.closed();
    await intake.stop();
    expect(intake.lines()).toEqual([
      'connect from localhost[127.0.0.1]',
      'Anonymous TLS connection established from localhost[127.0.0.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) server-signature ECDSA (prime256v1) server-digest SHA256',
      'Q1: client=localhost[127.0.0.1]',
      expect.stringContaining('Q1: message-id='),
      'disconnect from localhost[127.0.0.1] ehlo=3 starttls=1/3 mail=1 rcpt=1 data=1 quit=1 commands=8/10',
    ]);
  });

  test('forgets what was said before it (RFC 3207 §4.2)', async () => {
    await using intake = await runIntake(listen({}));
    const plain = await intake.client();
    await plain.reply();
    await plain.talk('EHLO client.example', 'MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>');
    await plain.say('STARTTLS');
    const client = await secured(intake, plain);
    expect(await client.say('RCPT TO:<r@y.example>')).toBe('503 5.5.1 Error: send HELO/EHLO first');
    expect(await client.say('MAIL FROM:<s@x.example>')).toBe('503 5.5.1 Error: send HELO/EHLO first');
    await client.say('EHLO client.example');
    expect(await client.say('RCPT TO:<r@y.example>')).toBe('503 5.5.1 Error: need MAIL command');
  });

  test.each([
    ['in one segment', ['STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@x.example>\r\n']],
    ['half a command behind it', ['STARTTLS\r\nRCPT TO:<evil@']],
  ])('serves nothing that was sent in plain text behind it: %s', async (_, [first = '']) => {
    await using intake = await runIntake({ ...listen({}), forbidUnauthPipelining: false });
    const plain = await intake.client();
    await plain.reply();
    await plain.say('EHLO client.example');
    plain.write(first);
    expect(await plain.reply()).toBe('220 2.0.0 Ready to start TLS');
    const client = await secured(intake, plain);
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
    expect(await client.say('MAIL FROM:<s@x.example>')).toBe('503 5.5.1 Error: send HELO/EHLO first');
    expect(intake.lines().join('\n')).not.toContain('evil');
  });

  test('a client that does not wait for the reply to it is sent away', async () => {
    await using intake = await runIntake(listen({}));
    const plain = await intake.client();
    await plain.reply();
    plain.write('EHLO client.example\r\n');
    await plain.reply();
    expect(await plain.say('STARTTLS\r\nNOOP')).toBe('554 5.5.0 Error: SMTP protocol synchronization');
    expect(intake.lines()).toContain('improper command pipelining after STARTTLS from localhost[127.0.0.1]');
  });

  test.each<[string, Partial<ListenerRules>, boolean, string]>([
    ['none', { tls: 'none' }, false, '502 5.5.1 Error: command not implemented'],
    ['optional, no certificate', {}, false, '454 4.7.0 TLS not available due to local problem'],
    [
      'mandatory, no certificate',
      { tlsRequired: true },
      true,
      '454 4.7.0 TLS not available due to local problem',
    ],
  ])('%s', async (_, rules, isOffered, reply) => {
    const { listeners } = listen(rules);
    const [listener] = listeners;
    if (listener === undefined) throw new Error('no listener');
    await using intake = await runIntake({ listeners: [{ ...listener, identity: () => undefined }] });
    const plain = await intake.client();
    await plain.reply();
    expect((await plain.say('EHLO client.example')).includes('STARTTLS')).toBe(isOffered);
    expect(await plain.say('STARTTLS')).toBe(reply);
    expect(await plain.say('NOOP')).toBe('250 2.0.0 Ok');
  });

  test('what requires it refuses mail without it', async () => {
    await using intake = await runIntake(listen({ tlsRequired: true }));
    const plain = await intake.client();
    await plain.reply();
    expect(await sendMail(plain)).toBe('503 5.5.1 Error: need RCPT command');
    await plain.say('RSET');
    expect(await plain.say('MAIL FROM:<s@x.example>')).toBe('530 5.7.0 Must issue a STARTTLS command first');
    expect(await sendMail(await startTls(intake))).toBe('250 2.0.0 Ok: queued as Q1');
  });

  test('what is no TLS ends the session', async () => {
    await using intake = await runIntake(listen({}));
    const plain = await intake.client();
    await plain.reply();
    await plain.talk('EHLO client.example', 'STARTTLS');
    plain.write('EHLO again\r\n');
    await plain.closed();
    await intake.stop();
    expect(intake.lines()).toContainEqual(
      expect.stringMatching(/^SSL_accept error from localhost\[127\.0\.0\.1\]: /),
    );
    expect(intake.lines().filter((line) => line.startsWith('disconnect'))).toHaveLength(1);
  });

  test.each([
    ['closes', (socket: Socket) => socket.end()],
    ['is gone', (socket: Socket) => socket.resetAndDestroy()],
  ])('a client that %s in the handshake is noticed at once, and once', async (_, leave) => {
    for (const tls of ['starttls', 'implicit'] as const) {
      await using intake = await runIntake(listen({ tls }));
      const plain = await intake.client();
      if (tls === 'starttls') {
        await plain.reply();
        await plain.talk('EHLO client.example', 'STARTTLS');
      }
      plain.write(Buffer.from('160301', 'hex'));
      await expect.poll(() => intake.lines().length).toBeGreaterThan(0);
      leave(plain.socket);
      await expect.poll(() => intake.lines().at(-1)).toMatch(/^disconnect from /);
      expect(intake.lines().slice(1)).toEqual([
        expect.stringMatching(/^SSL_accept error from localhost\[127\.0\.0\.1\]: /),
        `lost connection after ${tls === 'starttls' ? 'STARTTLS' : 'CONNECT'} from localhost[127.0.0.1]`,
        expect.stringMatching(/^disconnect from /),
      ]);
    }
  });

  test('a handshake has a deadline', async () => {
    await using intake = await runIntake({ ...listen({}), starttlsTimeoutMs: 50, stressTimeoutMs: 50 });
    const plain = await intake.client();
    await plain.reply();
    await plain.talk('EHLO client.example', 'STARTTLS');
    await plain.closed();
    await intake.stop();
    expect(intake.lines()).toContain('timeout after STARTTLS from localhost[127.0.0.1]');
  });

  test('the end of the relay ends a handshake too', async () => {
    await using intake = await runIntake(listen({}));
    const plain = await intake.client();
    await plain.reply();
    await plain.talk('EHLO client.example', 'STARTTLS');
    await intake.stop();
    await plain.closed();
  });

  test('TLS 1.1 is not spoken', async () => {
    await using intake = await runIntake(listen({}));
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(startTls(intake, old)).rejects.toThrow(/protocol version/);
    const next = await startTls(intake, { maxVersion: 'TLSv1.2' });
    expect(await sendMail(next)).toBe('250 2.0.0 Ok: queued as Q1');
    expect(intake.stored[0]?.content).toContain('(using TLSv1.2 with cipher ');
  });

  test.each([
    ['other.example', 'other.example'],
    ['a.wild.example', '*.wild.example'],
    ['relay.example', 'relay.example'],
    ['unknown.example', 'relay.example'],
  ])('a client that asks for %s is shown %s', async (servername, shown) => {
    await using intake = await runIntake(listen({}));
    const client = await startTls(intake, { servername, rejectUnauthorized: false });
    const { raw } = (client.socket as TLSSocket).getPeerCertificate();
    expect(new X509Certificate(raw).subjectAltName).toContain(`DNS:${shown}`);
  });
});

describe('implicit TLS', () => {
  test('the greeting comes behind the handshake', async () => {
    await using intake = await runIntake(listen({ tls: 'implicit' }));
    const client = await secured(intake);
    expect(await client.reply()).toBe('220 relay.example ESMTP dane-relay');
    expect((await client.say('EHLO client.example')).includes('STARTTLS')).toBe(false);
    expect(await sendMail(client)).toBe('250 2.0.0 Ok: queued as Q1');
  });

  test('half-open handshakes are among the connections of a client', async () => {
    await using intake = await runIntake({ ...listen({ tls: 'implicit' }), clientConnectionCountLimit: 2 });
    const silent = [await intake.client(), await intake.client()];
    await (await intake.client()).closed();
    expect(intake.lines()).toContain(
      'Connection concurrency limit exceeded: 3 from localhost[127.0.0.1] for service smtpd',
    );
    for (const client of silent) client.socket.destroy();
  });

  test('a client that speaks plain text is sent away', async () => {
    await using intake = await runIntake(listen({ tls: 'implicit' }));
    const client = await intake.client();
    client.write('EHLO client.example\r\n');
    await client.closed();
    await intake.stop();
    expect(intake.lines()).toContainEqual(expect.stringMatching(/^SSL_accept error from /));
  });
});

describe('client certificates', () => {
  const known = [sha256(clientLeaf.der)];
  const rules = { relayClientcerts: new Set(known) };
  const shows = (certificate: TestCertificate): ConnectionOptions => {
    const { certificate: cert, key } = pems(certificate);
    return { cert, key };
  };

  test.each([
    ['TLSv1.3', 'the certificate', sha256(clientLeaf.der)],
    ['TLSv1.2', 'the certificate', sha256(clientLeaf.der)],
    ['TLSv1.3', 'the public key', sha256(clientLeaf.spki)],
  ] as const)('in %s, one that is known by %s may relay', async (maxVersion, _, fingerprint) => {
    const certs = { relayClientcerts: new Set([fingerprint]) };
    await using intake = await runIntake({ ...listen(certs), networks: [] });
    const client = await startTls(intake, { ...shows(clientLeaf), maxVersion });
    expect(await sendMail(client)).toBe('250 2.0.0 Ok: queued as Q1');
    expect(intake.lines()).toContainEqual(
      expect.stringMatching(/^Untrusted TLS connection established from /),
    );
    expect(intake.stored[0]?.content).toContain(`(Client certificate SHA-256 ${known[0]} (not verified))`);
  });

  test.each<[string, ConnectionOptions]>([
    ['nobody', {}],
    ['somebody else', shows(relay)],
    ['somebody with a larger key', shows(makeCertificate({ names: ['x.example'], keys: rsaKeys(4096) }, ca))],
  ])('%s may not', async (_, options) => {
    await using intake = await runIntake({ ...listen(rules), networks: [] });
    expect(await sendMail(await startTls(intake, options))).toBe('554 5.5.1 Error: no valid recipients');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'one that takes OpenSSL long never reaches it, %s',
    async (maxVersion) => {
      await using intake = await runIntake(listen(rules));
      const attack = handshakeAttacks['100 keys on P-521']?.().chain ?? [];
      const options: ConnectionOptions = {
        cert: attack.map(pemOf).join(''),
        key: keyPemOf({ keys: attackKeys }),
        maxVersion,
      };
      await startTls(intake, options).then(
        // With TLS 1.3 the client is done before we have seen its certificate.
        (client) => client.closed(),
        () => undefined,
      );
      await intake.stop();
      expect(intake.lines()).toContain(
        'SSL_accept error from localhost[127.0.0.1]: certificates take too much work to verify',
      );
    },
  );

  test('nobody else is asked', async () => {
    await using intake = await runIntake(listen({}));
    const client = await startTls(intake, shows(clientLeaf));
    await sendMail(client);
    expect(intake.stored[0]?.content).toContain('(No client certificate requested)');
  });
});

test('a key that is not that of the certificate', () => {
  const { certificate } = pems(relay);
  const { key } = pems({ ...relay, keys: ecKeys() });
  expect(() => readServerCertificate({ certificate, key }, false)).toThrow(
    'the key is not that of the certificate',
  );
  expect(() => readServerCertificate({ certificate: 'x', key }, false)).toThrow('no certificate in it');
  expect(() => readServerCertificate({ certificate, key: 'x' }, false)).toThrow('no private key in it');
});
