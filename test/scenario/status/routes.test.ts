import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { askStatus, StreamRefused, streamStatus } from '../../../src/status/ask-status.ts';
import { MOST_STREAMS } from '../../../src/status/connection-limits.ts';
import { createGuard } from '../../../src/status/guard.ts';
import { createPageLogin } from '../../../src/status/page-login.ts';
import { jsonAnswer, type StatusRequest, type StatusRoute } from '../../../src/status/route.ts';
import { MOST_BODY } from '../../../src/status/send-answer.ts';
import { startStatus, type StatusServer } from '../../../src/status/status-server.ts';
import { freePort } from '../../../src/children/free-port.ts';
import { until } from '../../lab/until.ts';
import { visit } from '../../support/visitor.ts';

/** Routes are served whole or as a stream, to those who may, and cost no more than a reader takes. */

const token = 'a token of this test';
const logged: LogEvent[] = [];
let given = 0;
let ended = 0;

async function* endless(signal: AbortSignal, piece: string, mostPieces: number): AsyncGenerator<string> {
  given = 0;
  try {
    while (!signal.aborted && given < mostPieces) {
      given += 1;
      yield piece;
    }
    // What has nothing to say says nothing, until its reader is gone.
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    ended += 1;
  }
}

const stream = (path: string, piece: string, mostPieces: number): StatusRoute => ({
  method: 'GET',
  path,
  level: 'look',
  answer: async ({ signal }: StatusRequest) => ({
    status: 200,
    type: 'text/plain',
    body: endless(signal, piece, mostPieces),
  }),
});

const routes: readonly StatusRoute[] = [
  { method: 'GET', path: '/open', level: 'open', answer: async () => jsonAnswer({ open: true }) },
  { method: 'GET', path: '/look', level: 'look', answer: async ({ via }) => jsonAnswer({ via }) },
  { method: 'POST', path: '/act', level: 'act', answer: async ({ body }) => jsonAnswer(await body()) },
  {
    method: 'GET',
    path: '/bug',
    level: 'look',
    answer: async () => {
      throw new Error('what no route expects');
    },
  },
  stream('/lines', 'one\ntwo\n', 2),
  stream('/flood', 'x'.repeat(100_000), 1_000_000),
];

let directory: string;
let socketPath: string;
let server: StatusServer;
let port: number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-status-'));
  socketPath = join(directory, 'relay.sock');
  port = await freePort('127.0.0.1');
  const listen = [{ host: '127.0.0.1', port, ipv6Only: false }];
  const log = (line: LogEvent): void => void logged.push(line);
  const guard = createGuard({ login: createPageLogin(() => token, Date.now), hosts: ['relay.example'] });
  server = await startStatus(socketPath, listen, { routes, guard, log, readerMs: 500 });
});
afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('the socket of the operator', () => {
  it('answers', async () => {
    expect(await askStatus(socketPath, '/look?x=1')).toEqual({ status: 200, body: '{"via":"socket"}\n' });
    expect(await askStatus(socketPath, '/act', { method: 'POST', body: 'ü' })).toEqual({
      status: 200,
      body: '"ü"\n',
    });
    expect(await askStatus(socketPath, '/act')).toMatchObject({ status: 405 });
    expect(await askStatus(socketPath, '/none')).toMatchObject({ status: 404 });
    expect(await askStatus(join(directory, 'none.sock'), '/look')).toBeUndefined();
  });

  it('reads a body of so many octets', async () => {
    const most = await askStatus(socketPath, '/act', { method: 'POST', body: 'x'.repeat(MOST_BODY) });
    expect(most?.status).toBe(200);
    const more = await askStatus(socketPath, '/act', { method: 'POST', body: 'x'.repeat(MOST_BODY + 1) });
    expect(more?.status).toBe(413);
  });

  it('logs a bug of a route, and goes on', async () => {
    expect(await askStatus(socketPath, '/bug')).toMatchObject({ status: 500 });
    expect(logged).toMatchObject([{ event: 'bug', text: expect.stringContaining('what no route expects') }]);
    expect(await askStatus(socketPath, '/look')).toMatchObject({ status: 200 });
  });

  it('streams lines until its reader goes', async () => {
    const endedBefore = ended;
    const leave = new AbortController();
    const heard: string[] = [];
    for await (const line of streamStatus(socketPath, '/lines', leave.signal)) {
      heard.push(line);
      if (heard.length === 4) break;
    }
    expect(heard).toEqual(['one', 'two', 'one', 'two']);
    await until(() => ended > endedBefore, 'the stream to end');
    await expect(streamStatus(socketPath, '/none', leave.signal).next()).rejects.toThrow(StreamRefused);
  });

  it('drops a reader that does not read, and makes no more than it may take', async () => {
    const endedBefore = ended;
    const reader = createConnection({ path: socketPath });
    reader.write('GET /flood HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await until(() => ended > endedBefore, 'the stream to end');
    expect(given).toBeLessThan(200);
    reader.destroy();
  });

  it(`has ${MOST_STREAMS} streams at most`, async () => {
    const endedBefore = ended;
    const readers = Array.from({ length: MOST_STREAMS }, () => {
      const reader = connect({ path: socketPath });
      reader.write('GET /lines HTTP/1.1\r\nhost: localhost\r\n\r\n');
      return reader;
    });
    await Promise.all(readers.map((reader) => once(reader, 'data')));
    expect(await askStatus(socketPath, '/lines')).toMatchObject({ status: 503 });
    for (const reader of readers) reader.destroy();
    await until(() => ended === endedBefore + MOST_STREAMS, 'all streams to end');
  });
});

describe('an address', () => {
  it.each([
    ['GET /open', 'x', 200],
    ['GET /look', 'x', 421],
    ['GET /look', 'relay.example', 200],
    ['POST /act', 'relay.example', 401],
  ])('answers %s of %s with %i', async (what, host, status) => {
    const { closed } = await visit({ host: '127.0.0.1', port }, `${what} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    expect(await closed).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
