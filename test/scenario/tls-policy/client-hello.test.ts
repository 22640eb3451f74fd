import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../support/test-ca.ts';
import { credentials, serverFixture, type ScriptedServer } from '../session/scripted-server.ts';
import { call, offer, transactionOf } from '../session/session-kit.ts';

/** Something on the way that reads along, and ends connections whose ClientHello it does not like. */
interface Middlebox {
  readonly port: number;
  /** Octets of the first message of each handshake that came by. */
  readonly hellos: number[];
}

const serve = serverFixture({ tls: credentials(makeCertificate({ names: ['mx.test'] })) });
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** @param passes whether a ClientHello of that many octets may go on, the sizes of earlier ones being known */
async function middlebox(
  server: ScriptedServer,
  action: 'reset' | 'close',
  passes: (sizeBytes: number, earlier: readonly number[]) => boolean,
): Promise<Middlebox> {
  const hellos: number[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const upstream = connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    upstream.pipe(client);
    client.on('close', () => upstream.destroy());
    client.on('data', (chunk: Buffer) => {
      // RFC 8446 §5.1: a record of type handshake.
      if (chunk[0] === 0x16) {
        const earlier = [...hellos];
        hellos.push(chunk.length);
        if (!passes(chunk.length, earlier)) {
          if (action === 'reset') client.resetAndDestroy();
          else client.end();
          return;
        }
      }
      upstream.write(chunk);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    listener.close();
    await once(listener, 'close');
  });
  return { port: (listener.address() as AddressInfo).port, hellos };
}

/** What is not smaller than the first does not pass, nor does the first. */
const onlySmaller = (sizeBytes: number, [first]: readonly number[]): boolean =>
  first !== undefined && sizeBytes < first;

describe.each(['reset', 'close'] as const)(
  'a firewall that answers a large ClientHello with a %s',
  (action) => {
    test.each(['may', 'encrypt', 'dane'] as const)(
      '%s: passed with a smaller one, over TLS',
      async (level) => {
        const server = await serve({});
        const box = await middlebox(server, action, onlySmaller);
        const { connected, lines } = await call(box, level);
        if (connected.kind === 'trouble') throw new Error(connected.status.reason);
        expect(connected.session.tls).toBeDefined();
        expect(lines).toEqual([
          expect.stringMatching(/^SSL_connect error to mx\.test\[127\.0\.0\.1\]:\d+: /),
          expect.stringMatching(
            /^no answer to ClientHello from mx\.test.*: trying again with a smaller one$/,
          ),
          expect.stringMatching(/^Verified TLS connection established/),
        ]);
        expect(await offer(connected.session, transactionOf('hello\r\n'))).toMatchObject({
          statuses: [{ outcome: 'sent' }],
        });
        expect(box.hellos).toHaveLength(2);
      },
    );
  },
);

test.each(['may', 'encrypt', 'dane', 'secure'] as const)(
  '%s: where no ClientHello passes there are two connections, and nothing in clear',
  async (level) => {
    const server = await serve({});
    const box = await middlebox(server, 'reset', () => false);
    const { connected } = await call(box, level);
    expect(connected).toMatchObject({ step: 'handshake', status: { dsn: '4.7.5', outcome: 'deferred' } });
    expect(box.hellos).toHaveLength(2);
    for (const { commands } of server.seen) expect(commands).toEqual(['EHLO relay.test', 'STARTTLS']);
  },
);

test('a server that answers, and then does not go on, is not asked again', async () => {
  const server = await serve({
    tls: {
      ...credentials(makeCertificate({})),
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'ALL:@SECLEVEL=0',
    },
  });
  const box = await middlebox(server, 'reset', () => true);
  const { connected } = await call(box, 'dane');
  expect(connected).toMatchObject({ step: 'handshake' });
  expect(box.hellos).toHaveLength(1);
});
