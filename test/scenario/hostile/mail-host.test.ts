import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as dial, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { readAuthorities } from '../../../src/core/dane/authorities.ts';
import { judge } from '../../../src/core/tls-policy/judge.ts';
import { attackedHost, attackKeys, attacks } from '../../support/attack-chains.ts';
import { afterKeyUpdates } from '../../support/key-updates.ts';
import {
  keyPemOf,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
  tlsaFor,
  type TestCertificate,
} from '../../support/test-ca.ts';
import { credentials, serverFixture } from '../session/scripted-server.ts';
import { call, openSession, offer, patient, transactionOf } from '../session/session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';

const servers: Server[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
const serve = serverFixture();

/** A server that does with each connection what it likes. */
async function rogue(
  behave: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, sockets };
}

/** Says it over and over for as long as anybody listens. */
function flood(socket: Socket, words: Buffer): void {
  const pour = (): void => {
    while (!socket.destroyed && socket.write(words));
  };
  socket.on('drain', pour);
  pour();
}

/** Answers EHLO and STARTTLS in the clear, and then hands the connection over. */
function upTo(socket: Socket, next: () => void): void {
  socket.write('220 mx.test ESMTP\r\n');
  const hear = (chunk: Buffer): void => {
    if (chunk.toString().startsWith('EHLO')) socket.write('250-mx.test\r\n250 STARTTLS\r\n');
    if (!chunk.toString().startsWith('STARTTLS')) return;
    socket.off('data', hear);
    socket.write('220 go ahead\r\n');
    next();
  };
  socket.on('data', hear);
}

function countRecords(octets: Buffer): number {
  let count = 0;
  for (let at = 0; at + 5 <= octets.length; at += 5 + octets.readUInt16BE(at + 3)) count += 1;
  return count;
}

const MiB = 1024 ** 2;
const many = (words: string): Buffer => Buffer.from(words.repeat(Math.ceil(65_536 / words.length)));

describe('a server that never stops talking', () => {
  test.each<[string, Buffer]>([
    ['in a line without end', many('x')],
    ['in a greeting of endless lines', many('220-welcome\r\n')],
    ['in a greeting of endless empty lines', many('220-\r\n')],
    ['in octets that are no text', many('\0\xff')],
  ])('%s is hung up on', async (_, words) => {
    const server = await rogue((socket) => flood(socket, words));
    const { connected } = await call(server, 'may');
    expect(connected.kind).toBe('trouble');
    await until(() => server.sockets.every((socket) => socket.destroyed));
    // What it got rid of is in the buffers between us; a gigabyte would take no other way.
    expect(server.sockets[0]?.bytesWritten).toBeLessThan(16 * MiB);
  });

  test('in reply to EHLO is hung up on', async () => {
    const server = await rogue((socket) => {
      socket.write('220 mx.test ESMTP\r\n');
      socket.once('data', () => flood(socket, many('250-SIZE 1\r\n')));
    });
    expect((await call(server, 'may')).connected.kind).toBe('trouble');
    await until(() => server.sockets.every((socket) => socket.destroyed));
    expect(server.sockets[0]?.bytesWritten).toBeLessThan(16 * MiB);
  });

  test('with replies that nobody asked for is hung up on at the next chance', async () => {
    const server = await serve({ ehlo: ['PIPELINING'], on: { MAIL: { raw: '250 ok\r\n'.repeat(100_000) } } });
    const session = await openSession(server, 'may');
    await offer(session, transactionOf('Subject: x\r\n\r\nx\r\n'));
    expect(session.usable()).toBe(false);
  });
});

describe('a server that talks while nobody has anything to say', () => {
  const identity = credentials(makeCertificate({ names: ['mx.test'] }));
  const replies = '250 and another thing\r\n';

  test.each([
    ['in clear', 'may', undefined],
    ['over TLS', 'encrypt', identity],
  ] as const)('is hung up on at once, %s', async (_, level, tls) => {
    const server = await serve({
      ehlo: tls === undefined ? [] : ['STARTTLS'],
      ...(tls && { tls }),
      on: { dot: { raw: `250 ok\r\n${replies.repeat(1_000)}` } },
    });
    const session = await openSession(server, level);
    await offer(session, transactionOf('Subject: x\r\n\r\nx\r\n'));
    // It is the relay that ends it, with nobody at the other end of the session to look at it.
    await until(() => server.seen[0]?.closed === true);
    expect(session.usable()).toBe(false);
  });
});

test('escape sequences in replies reach neither the log nor a reason', async () => {
  const escapes = '\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x7f\u202e';
  const server = await rogue((socket) => socket.end(`554 5.7.1 go ${escapes} away\r\n`));
  const { connected, lines } = await call(server, 'may');
  if (connected.kind !== 'trouble') throw new Error('no trouble');
  for (const text of [connected.status.reason, ...lines]) {
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  expect(connected.status.reason).toContain('go ?[2J');
});

describe('chains', () => {
  const root = makeAuthority('Root');
  const leaf = makeCertificate({ names: ['mx.test'] }, root);
  const others = (count: number): TestCertificate[] =>
    Array.from({ length: count }, () => makeAuthority('Intermediate', {}, root));
  const pinned = policyAt('dane', { tlsa: [tlsaFor(root, '2 1 1')], referenceNames: ['mx.test'] });

  test.each([
    ['the anchor among the first', [root, ...others(99)]],
    ['the anchor behind them', [...others(99), root]],
  ])('of a hundred certificates: all are looked at, %s', async (_, chain) => {
    const server = await serve({ tls: credentials(leaf, ...chain) });
    let length = 0;
    const { connected } = await call(server, pinned, {
      judge(sent, policy) {
        length = sent.length;
        return judge(sent, policy, now);
      },
    });
    expect(length).toBe(101);
    expect(connected.kind).toBe('open');
  });

  test.each(['dane', 'may'] as const)('that take too much work to judge: %s', async (level) => {
    const attack = attacks['a mesh without an anchor']?.();
    const [first = leaf.der, ...above] = attack?.chain ?? [];
    const shown = [first, ...above].map((each) => ({ ...leaf, der: each, keys: attackKeys }));
    const [own = leaf, ...rest] = shown;
    const server = await serve({ tls: credentials(own, ...rest) });
    const authorities = readAuthorities(above.slice(0, 1).map(pemOf).join(''));
    const policy = policyAt(level, {
      tlsa: attack?.records ?? [],
      referenceNames: [attackedHost],
      ...(level === 'may' && { authorities }),
    });
    const { connected, lines } = await call(server, policy, {
      judge: (sent, each) => judge(sent, each, now),
    });
    if (level === 'may') {
      expect(connected).toMatchObject({ kind: 'open', session: { tls: { word: 'Untrusted' } } });
      return;
    }
    expect(connected).toMatchObject({
      step: 'certificate',
      status: {
        outcome: 'deferred',
        dsn: '4.7.5',
        reason: 'Server certificate not verified',
        tlsFault: { kind: 'certificate', mismatch: 'too much work' },
      },
    });
    expect(lines[0]).toMatch(
      /^certificate verification failed for mx\.test\[.*: certificates take too much work to verify$/,
    );
    expect(server.seen[0]?.tlsOctets).toBe(0);
  });

  test('of a megabyte end the handshake', async () => {
    const server = await serve({ tls: credentials(leaf, ...Array.from({ length: 2500 }, () => root)) });
    let isJudged = false;
    const { connected } = await call(server, pinned, {
      judge() {
        isJudged = true;
        return { word: 'Untrusted', ok: false };
      },
    });
    expect(connected).toMatchObject({ kind: 'trouble', step: 'handshake' });
    expect(isJudged).toBe(false);
  });
});

describe('TLS', () => {
  const certificate = makeCertificate({ names: ['mx.test'] });
  const identity = credentials(certificate);

  test('octet by octet: one deadline for the whole handshake', async () => {
    const behind = await serve({ tls: identity });
    let passed = 0;
    const server = await rogue((socket) => {
      const real = dial(behind.port, '127.0.0.1');
      real.on('error', () => {});
      socket.on('close', () => real.destroy());
      real.once('data', () => real.write('EHLO x\r\n'));
      upTo(socket, () => {
        real.write('STARTTLS\r\n');
        real.once('data', () => {
          socket.pipe(real);
          const queue: number[] = [];
          real.on('data', (chunk: Buffer) => queue.push(...chunk));
          const drip = setInterval(() => {
            const octet = queue.shift();
            if (octet === undefined || socket.destroyed) return;
            passed += 1;
            socket.write(Buffer.from([octet]));
          }, 10);
          socket.on('close', () => clearInterval(drip));
        });
      });
    });
    const { connected } = await call(server, 'encrypt', { timeouts: { ...patient, starttlsMs: 300 } });
    expect(connected).toMatchObject({ kind: 'trouble', step: 'handshake' });
    await until(() => server.sockets.every((socket) => socket.destroyed));
    expect(passed).toBeLessThan(200);
  });

  test('that is to begin anew is not: the chain that was judged is the one we talk to', async () => {
    let again = 0;
    const server = await rogue((socket) =>
      upTo(socket, () => {
        const context = createSecureContext({ ...identity, maxVersion: 'TLSv1.2' });
        const tls = new TLSSocket(socket, { isServer: true, secureContext: context });
        tls.on('error', () => {});
        tls.once('data', () => {
          const renegotiate = (): void =>
            void tls.renegotiate({ rejectUnauthorized: false }, (error) => {
              if (error !== null) return;
              again += 1;
              if (again < 100) setImmediate(renegotiate);
            });
          renegotiate();
        });
      }),
    );
    const { connected } = await call(server, 'encrypt', { timeouts: { ...patient, heloMs: 1000 } });
    expect(connected.kind).toBe('trouble');
    expect(again).toBe(0);
  });

  test.each([
    ['is served if it does so now and then', 300, 'open'],
    ['is hung up on if it does nothing else', 1_100, 'trouble'],
  ] as const)('with new keys of a server that %s', async (_, times, kind) => {
    const server = await rogue((socket) =>
      upTo(socket, () => {
        let secret = Buffer.alloc(0);
        let records = 0;
        let asked = false;
        const behind = new Duplex({
          read: () => {},
          write(octets: Buffer, __, done) {
            if (secret.length > 0 && asked) records += countRecords(octets);
            socket.write(octets, done);
          },
        });
        let flights = 0;
        socket.on('data', (octets: Buffer) => {
          // What the server says after the second flight of the client is said under its application keys.
          flights += 1;
          asked = flights > 1;
          behind.push(octets);
        });
        const tls = new TLSSocket(behind, {
          isServer: true,
          secureContext: createSecureContext({
            ...identity,
            minVersion: 'TLSv1.3',
            ciphers: 'TLS_AES_128_GCM_SHA256',
          }),
        });
        tls.on('error', () => {});
        tls.on('keylog', (line: Buffer) => {
          const [label, , hex = ''] = line.toString().trim().split(' ');
          if (label === 'SERVER_TRAFFIC_SECRET_0') secret = Buffer.from(hex, 'hex');
        });
        tls.once('data', () => socket.write(afterKeyUpdates(secret, records, times, '250 mx.test\r\n')));
      }),
    );
    const { connected } = await call(server, 'encrypt');
    expect(connected.kind).toBe(kind);
    if (connected.kind === 'open') return;
    expect(connected).toMatchObject({
      step: 'EHLO',
      status: {
        outcome: 'deferred',
        dsn: '4.5.0',
        reason: expect.stringMatching(
          /^Protocol error: .* said: more than 1000 records of TLS and no reply$/,
        ) as unknown,
      },
    });
    await until(() => server.sockets.every((socket) => socket.destroyed));
  });

  test('with new keys all the time is served all the same', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dr-keys-'));
    const key = keyPemOf(certificate);
    await writeFile(join(directory, 'key.pem'), key);
    await writeFile(join(directory, 'cert.pem'), pemOf(certificate.der));
    const openssl = spawn(
      'openssl',
      ['s_server', '-accept', '127.0.0.1:0', '-tls1_3', '-key', 'key.pem', '-cert', 'cert.pem'],
      { cwd: directory },
    );
    children.push(openssl);
    let said = '';
    let answered = 0;
    openssl.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => /ACCEPT \S*:\d+/.test(said));
    const port = Number(/ACCEPT \S*:(\d+)/.exec(said)?.[1]);
    const server = await rogue((socket) =>
      upTo(socket, () => {
        const real = dial(port, '127.0.0.1');
        real.on('error', () => {});
        socket.on('close', () => real.destroy());
        socket.on('data', (chunk: Buffer) => (answered += chunk.length));
        socket.pipe(real).pipe(socket);
      }),
    );
    const calling = call(server, 'encrypt');
    await until(() => said.includes('EHLO relay.test'));
    answered = 0;
    for (let times = 0; times < 100; times += 1) {
      openssl.stdin.write('K\n'); // Each is a line of its own for it, and asks us for new keys as well.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    openssl.stdin.write('250 mx.test\r\n');
    expect((await calling).connected.kind).toBe('open');
    // A record with new keys of ours has 27 octets; those that came together need no answer each.
    expect(answered).toBeGreaterThan(20 * 27);
    await rm(directory, { recursive: true });
  });
});
