import { once } from 'node:events';
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAuthorities } from '../../../src/core/dane/authorities.ts';
import type { Answer, Lookup } from '../../../src/core/dns/answer.ts';
import { verifiedWebTls, webTls } from '../../../src/session/web-tls.ts';
import { fetchPolicy } from '../../../src/sts/fetch-policy.ts';
import { getPolicy } from '../../../src/sts/get-policy.ts';
import { postReport, type PostPorts } from '../../../src/tlsrpt/post-report.ts';
import { postEvent } from '../../../src/webhooks/post-event.ts';
import { makeCertificate } from '../../lab/certificates.ts';
import { attackKeys } from '../../support/attack-chains.ts';
import { belongings } from '../../support/belongings.ts';
import { handshakeAttacks } from '../../support/handshake-attacks.ts';
import { keyPemOf, pemOf } from '../../support/test-ca.ts';

/**
 * Web servers that answer so that Node tells neither of an answer nor of an error, and those whose certificates take long.
 * A request always comes to an end.
 */

const keep = belongings();
const never = new AbortController().signal;
/** What ends before that was not ended by patience: the test itself has less. */
const hourMs = 3_600_000;
const upgraded = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';

let secret: { readonly cert: string; readonly key: string };
beforeAll(async () => {
  const { pem, privateKeyPem } = await makeCertificate({ commonName: 'r.test' });
  secret = { cert: pem, key: privateKeyPem };
});

/** @param speak what is said to a client that has asked something */
async function listen(
  kind: 'tcp' | 'tls',
  speak: (socket: Socket) => void,
  { host = '127.0.0.1', port = 0, tls }: { host?: string; port?: number; tls?: SecureContextOptions } = {},
): Promise<{ readonly port: number; readonly asked: () => number }> {
  const sockets = new Set<Socket>();
  let asked = 0;
  const meet = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      asked += 1;
      speak(socket);
    });
  };
  const server: Server = kind === 'tcp' ? createTcpServer(meet) : createTlsServer(tls ?? secret, meet);
  server.on('tlsClientError', () => {});
  server.listen(port, host);
  await once(server, 'listening');
  keep({
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return { port: (server.address() as AddressInfo).port, asked: () => asked };
}

const says = (text: string) => (socket: Socket) => void socket.write(text);

describe('an answer that changes the protocol', () => {
  it('ends the POST of a report', async () => {
    const { port } = await listen('tls', says(upgraded));
    expect(await post(`https://127.0.0.1:${port}/`)).toEqual({ status: 101 });
  });

  it('ends the POST of an event', async () => {
    const { port } = await listen('tcp', says(upgraded));
    expect(await postTo(port)).toEqual({ status: 101 });
  });

  it('ends the GET of a policy', async () => {
    const { port } = await listen('tcp', says(upgraded));
    expect(await get(port)).toMatchObject({ code: 'http-101' });
  });
});

describe('an answer that does not come', () => {
  it.each([
    ['the connection ends', (socket: Socket) => void socket.end(), hourMs, /hang up/],
    ['it is announced without end', (socket: Socket) => announce(socket), 2_000, /no answer within/],
  ])('%s', async (_, speak, wholeMs, problem) => {
    const { port } = await listen('tls', speak);
    const patience = { wholeMs, addressMs: wholeMs };
    const posted = await post(`https://127.0.0.1:${port}/`, { patience });
    expect(posted).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('is not waited for by a GET whose time is over', async () => {
    const { port } = await listen('tcp', announce);
    expect(await get(port, AbortSignal.timeout(300))).toMatchObject({ code: 'timeout' });
  });

  it('an event is not lost sight of where the connection ends', async () => {
    const { port } = await listen('tcp', (socket) => void socket.end());
    expect(await postTo(port)).toHaveProperty('problem');
  });

  it('ends with the relay', async () => {
    const stopping = new AbortController();
    const { port } = await listen('tls', () => stopping.abort());
    expect(await post(`https://127.0.0.1:${port}/`, {}, stopping.signal)).toEqual({ problem: 'stopped' });
  });

  it.each(['tcp', 'tls'] as const)('nor does an event outlive the relay: %s', async (kind) => {
    const stopping = new AbortController();
    // Over TLS the handshake is what does not end.
    const { port } = await listen('tcp', () => stopping.abort());
    const scheme = kind === 'tls' ? 'https' : 'http';
    expect(await postTo(port, scheme, stopping.signal)).toEqual({ problem: 'stopped' });
  });

  it('a family of addresses that is switched off is not asked for', async () => {
    const asked: string[] = [];
    const lookup = (async (_: string, type: string) => {
      asked.push(type);
      return { kind: 'absent', denial: 'NODATA', secure: false, name: '', aliases: [], ttl: 60 };
    }) as unknown as Lookup;
    const posted = await post('https://r.test/', { lookup, families: [6] });
    expect([posted, asked]).toEqual([{ problem: 'r.test has no address' }, ['AAAA']]);
  });

  it('a lookup that never ends neither', async () => {
    const lookup = (() => new Promise(() => {})) as unknown as Lookup;
    const patience = { wholeMs: 300, addressMs: 300 };
    expect(await post('https://r.test/', { lookup, patience })).toHaveProperty('problem');
  });
});

describe('a web server with several addresses', () => {
  const lookup = (four: readonly string[], six: readonly string[]): Lookup =>
    (async (_: string, type: string): Promise<Answer<string>> => {
      const records = type === 'A' ? four : six;
      return { kind: 'found', records, secure: false, name: '', aliases: [], ttl: 60 };
    }) as unknown as Lookup;

  it('is asked at the next one, if one does not answer', async () => {
    const silent = await listen('tls', () => {});
    const good = await listen('tls', says('HTTP/1.1 204 No Content\r\n\r\n'), {
      host: '127.0.0.2',
      port: silent.port,
    });
    // Long enough for a handshake on a busy machine.
    const patience = { wholeMs: 60_000, addressMs: 2_000 };
    const posted = await post(`https://r.test:${silent.port}/`, {
      lookup: lookup(['127.0.0.1', '127.0.0.2'], []),
      patience,
    });
    expect([posted, silent.asked(), good.asked()]).toEqual([{ status: 204 }, 1, 1]);
  });

  it('is left at once when the relay ends, also where there is another address', async () => {
    const stopping = new AbortController();
    let close = (): void => {};
    const closed = new Promise<void>((resolve) => (close = resolve));
    const { port } = await listen('tls', (socket) => {
      socket.on('close', close);
      stopping.abort();
    });
    const more = { lookup: lookup(['127.0.0.1', '127.0.0.2'], []) };
    expect(await post(`https://r.test:${port}/`, more, stopping.signal)).toEqual({ problem: 'stopped' });
    await closed;
  });

  it('is asked at those of both families in turn', async () => {
    const { port } = await listen('tls', says('HTTP/1.1 204 No Content\r\n\r\n'), { host: '127.0.0.9' });
    const nobody = ['127.0.0.3', '127.0.0.4', '127.0.0.5'];
    const posted = await post(`https://r.test:${port}/`, { lookup: lookup(nobody, ['127.0.0.9']) });
    expect(posted).toEqual({ status: 204 });
  });
});

/** What OpenSSL would be busy with for a tenth of a second and more; `src/session/handshake-guard.test.ts` has all of them. */
describe('certificates that take too much work', () => {
  const words = /^certificates take too much work to verify$/;
  const attacks = [
    'a curve that is described, and a point that is compressed',
    '75 keys of RSA-3072 with exponents as long',
  ];

  it.each(attacks)('never reach the library, whoever asks: %s', async (title) => {
    const chain = handshakeAttacks[title]?.().chain ?? [];
    const tls = { key: keyPemOf({ keys: attackKeys }), cert: chain.map(pemOf).join('') };
    const { port, asked } = await listen('tls', says('HTTP/1.1 204 No Content\r\n\r\n'), { tls });
    const problem = { problem: expect.stringMatching(words) };
    expect(await post(`https://127.0.0.1:${port}/`)).toEqual(problem);
    expect(await postTo(port, 'https')).toEqual(problem);
    expect(await policyFrom(port)).toMatchObject({ trouble: { code: 'tls' } });
    expect(asked()).toBe(0);
  });
});

function policyFrom(port: number) {
  const answer = { kind: 'found', records: ['127.0.0.1'], secure: false, name: '', aliases: [], ttl: 60 };
  const ports = {
    lookup: (async () => answer) as unknown as Lookup,
    mayConnect: () => true,
    secure: webTls,
    authorities: () => readAuthorities(''),
    port,
    families: [4] as const,
    now: Date.now,
  };
  return fetchPolicy('x.test', ports, never);
}

function post(url: string, more: Partial<PostPorts> = {}, signal = never) {
  const lookup = (() => Promise.reject(new Error('not asked'))) as unknown as Lookup;
  const patience = { wholeMs: hourMs, addressMs: hourMs };
  const ports = {
    lookup,
    mayConnect: () => true,
    families: [4, 6] as const,
    secure: webTls,
    patience,
    ...more,
  };
  return postReport(url, Buffer.from('x'), ports, signal);
}

function postTo(port: number, scheme = 'http', stopping = never) {
  const url = `${scheme}://127.0.0.1:${port}/`;
  const webhook = { name: 'w', url, secret: Buffer.from('s'), events: [], tokens: [], allowPrivate: true };
  const ports = { now: () => 0, secure: verifiedWebTls, patienceMs: hourMs };
  return postEvent(webhook, { id: '1', body: '{}' }, ports, stopping);
}

async function get(port: number, signal: AbortSignal = never) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  return getPolicy(socket, 'mta-sts.x.test', signal);
}

function announce(socket: Socket): void {
  const timer = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 20);
  socket.on('close', () => clearInterval(timer));
}
