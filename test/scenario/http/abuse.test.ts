import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { launchRelay } from '../../support/running-relay.ts';
import { ask, postRaw, startHttpRelay, type HttpRelay } from '../../support/http-relay.ts';
import { visit, type Visitor } from '../../support/visitor.ts';

/** Whoever reaches the HTTP listener takes a few connections for a short while, and no more. */

const CLIENTS = 12;
let relay: HttpRelay;
const sockets: Socket[] = [];

beforeAll(async () => {
  relay = await startHttpRelay([{ name: 'app' }], {
    set: {
      'dns.servers': '127.0.0.1:9',
      'dns.dnssec_probe': '',
      'http.request_timeout': '3s',
      'http.client_limit': String(CLIENTS),
      'intake.memory_limit': '1MiB',
    },
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await relay?.[Symbol.asyncDispose]();
});

async function visitor(words: string): Promise<Visitor> {
  const visiting = await visit({ host: '127.0.0.1', port: Number(new URL(relay.url).port) }, words);
  sockets.push(visiting.socket);
  return visiting;
}

const line = 'POST /v1/messages?from=a@x.test&to=b@y.test HTTP/1.1\r\nHost: x\r\n';
const head = `${line}Authorization: Bearer token-app\r\nContent-Type: message/rfc822\r\n`;

describe('a connection', () => {
  it('is closed when the header does not come to its end', async () => {
    const { closed } = await visitor(line);
    expect(await closed).toMatch(/^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*too slowly/);
  });

  it('is closed when the body does not, and nothing of the message is kept', async () => {
    const { closed } = await visitor(`${head}Content-Length: 100000\r\n\r\nSubject: slow\r\n\r\n`);
    await closed;
    const metrics = await relay.metrics();
    expect(metrics).toContain('dane_relay_open_bytes{of="clients",is="used"} 0');
  });

  it('is closed when the header is too long, or is none', async () => {
    const long = await visitor(`${head}X-A: ${'x'.repeat(100_000)}`);
    expect(await long.closed).toMatch(/^HTTP\/1\.1 431 /);
    const other = await visitor('EHLO x\r\n\r\n');
    expect(await other.closed).toMatch(/^HTTP\/1\.1 400 [^]*no HTTP request/);
  });

  it('is closed when a request does not wait for the answer to the one before', async () => {
    const { closed } = await visitor(`${head}Content-Length: 1000\r\n\r\n`);
    const two = `${head}Content-Length: 3\r\n\r\na\r\n`;
    const second = await visitor(two.repeat(50));
    const heard = await second.closed;
    expect(heard.split('HTTP/1.1 202').length).toBeLessThan(3);
    await closed;
  });

  it('has two ways to say how long a body is, and a request with both is refused', async () => {
    const both = await visitor(`${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`);
    expect(await both.closed).toMatch(/^HTTP\/1\.1 400 /);
    const twice = await visitor(`${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`);
    expect(await twice.closed).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is one of so many', async () => {
    const all = await Promise.all(Array.from({ length: CLIENTS + 5 }, () => visitor('GET')));
    const first = await Promise.race(all.map(({ closed }) => closed));
    expect(first).toBe('');
    for (const { socket } of all) socket.destroy();
    await until(async () => {
      const { socket, closed } = await visitor('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const heard = await closed;
      socket.destroy();
      return heard.includes(' 404 ');
    }, 'room for a connection');
  });
});

it('a client that is told to wait for 100 Continue is told no before it sends the body', async () => {
  const { closed } = await visitor(
    `${head.replace('token-app', 'token-none')}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
  );
  const heard = await closed;
  expect(heard).toMatch(/^HTTP\/1\.1 401 /);
  expect(heard).not.toContain('100 Continue');
});

it('what clients have open is bounded: further ones are told to come again', async () => {
  const mail = { from: 'a@x.test', to: ['b@y.test'] };
  // Each holds up to 448 KiB of the MiB while it is on its way.
  const slow = await Promise.all(
    Array.from({ length: 3 }, () =>
      visitor(`${head}Content-Length: 900000\r\n\r\nSubject: x\r\n\r\n${'x\r\n'.repeat(100_000)}`),
    ),
  );
  const text = 'x'.repeat(200_000);
  const full = await ask(`${relay.url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer token-app', 'content-type': 'application/json' },
    body: JSON.stringify({ from: 'a@x.test', to: 'b@y.test', text: text.repeat(3) }),
  });
  expect(full.status).toBe(503);
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
  for (const { socket } of slow) socket.destroy();
  await Promise.all(slow.map(({ closed }) => closed));
  expect(await postRaw(relay.url, { ...mail, content: 'Subject: x\n\n' })).toMatchObject({ status: 202 });
});

it('a request under way comes to its end when the relay stops', async () => {
  const { socket, closed } = await visitor(`${head}Content-Length: 12\r\n\r\nSubject: `);
  const stopped = relay.stop();
  await relay.line(/: stopping$/);
  socket.write('x\r\n');
  expect(await closed).toMatch(/^HTTP\/1\.1 202 /);
  expect(await stopped).toBe(0);
});

it('a file that is no socket is not removed to listen at its path', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const file = join(directory, 'mail');
  await writeFile(file, 'precious');
  const refused = await launchRelay({ set: { 'http.listen': `unix:${file}` } });
  try {
    expect(await refused.exited).not.toBe(0);
    expect(await readFile(file, 'utf8')).toBe('precious');
  } finally {
    await refused[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  }
});
