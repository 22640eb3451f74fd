import { describe, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { makeCertificate } from '../../support/test-ca.ts';
import { offer, openSession, patient, transactionOf } from './session-kit.ts';
import { credentials, serverFixture, type Script, type ScriptedServer } from './scripted-server.ts';

const serve = serverFixture({ ehlo: ['PIPELINING', '8BITMIME', 'SIZE 50000000'] });
const hang = { hang: true } as const;
const drop = { drop: '' } as const;
const hello = transactionOf('hello\r\n');
const tls = credentials(makeCertificate({ names: ['mx.test'] }));

describe('a session that is used again', () => {
  test.each(['none', 'encrypt', 'verify'] as const)('carries many messages (%s)', async (level) => {
    const server = await serve({ tls, ehlo: ['PIPELINING', 'STARTTLS'] });
    const session = await openSession(server, level);
    for (let use = 1; use <= 300; use += 1) {
      const { statuses } = await offer(session, transactionOf(`message ${use}\r\n`));
      expect(statuses[0]?.outcome).toBe('sent');
      expect(session.uses).toBe(use);
      expect(session.usable()).toBe(true);
    }
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.contents.at(-1)).toBe('message 300\r\n');
  });

  test.each<[string, (server: ScriptedServer) => void]>([
    ['was closed', (server) => server.sockets.forEach((socket) => socket.end())],
    ['was reset', (server) => server.sockets.forEach((socket) => socket.resetAndDestroy())],
    [
      'got a parting word',
      (server) => server.sockets.forEach((socket) => socket.write('421 4.4.2 idle\r\n')),
    ],
  ])('is not usable once it %s, and a transaction says that it is stale', async (_, act) => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    await offer(session, hello);
    expect(session.usable()).toBe(true);
    act(server);
    await until(() => !session.usable());
    const result = await offer(session, hello);
    expect(result).toMatchObject({
      stale: true,
      statuses: [
        {
          outcome: 'deferred',
          dsn: '4.4.2',
          reason: expect.stringMatching(/while sending MAIL FROM$|421 4\.4\.2 idle \(in reply/) as string,
        },
      ],
    });
  });

  test.each<[string, Script['on'] & object]>([
    ['hangs up at MAIL', { MAIL: drop }],
    ['says 421 to MAIL', { MAIL: { drop: '421 4.4.2 idle' } }],
  ])('is stale if the server %s', async (_, later) => {
    let uses = 0;
    const server = await serve({
      on: { MAIL: () => ((uses += 1) > 1 ? (later['MAIL'] as typeof drop) : '250 ok') },
    });
    const session = await openSession(server, 'may');
    expect((await offer(session, hello)).stale).toBeUndefined();
    expect(await offer(session, hello)).toMatchObject({ stale: true, statuses: [{ outcome: 'deferred' }] });
  });

  test('is not usable if RSET is refused', async () => {
    const server = await serve({ on: { RCPT: '550 5.1.1 who', DATA: '503 whom', RSET: '502 5.5.1 what' } });
    const session = await openSession(server, 'may');
    await offer(session, hello);
    await until(() => !session.usable());
    expect((await offer(session, hello)).stale).toBe(true);
  });

  test('is stale if RSET is never answered', async () => {
    const server = await serve({ on: { RCPT: '550 5.1.1 who', DATA: '503 whom', RSET: hang } });
    const session = await openSession(server, 'may', { timeouts: { ...patient, rsetMs: 50 } });
    await offer(session, hello);
    expect(await offer(session, hello)).toMatchObject({ stale: true, statuses: [{ outcome: 'deferred' }] });
  });

  test('refuses a second transaction while one runs', async () => {
    const server = await serve({ on: { MAIL: hang } });
    const session = await openSession(server, 'may');
    const running = offer(session, hello);
    expect(session.usable()).toBe(false);
    await expect(offer(session, hello)).rejects.toThrow('one is running');
    session.destroy();
    expect(await running).toMatchObject({ statuses: [{ dsn: '4.4.2' }] });
  });
});

describe('the end of a session', () => {
  test('close() says QUIT and hangs up', async () => {
    const server = await serve({});
    const session = await openSession(server, 'may');
    await offer(session, hello);
    session.close();
    expect(session.usable()).toBe(false);
    await until(() => server.seen[0]?.closed === true);
    expect(server.seen[0]?.commands.at(-1)).toBe('QUIT');
  });
});
