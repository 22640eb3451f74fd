import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { MOST_CONNECTIONS, MOST_OF_ADDRESS } from '../../../src/status/connection-limits.ts';
import { freePort } from '../../../src/children/free-port.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { visit, type Visitor } from '../../support/visitor.ts';

/** Whoever reaches `status.listen` takes a few files for a short while, and no more. */

let relay: RunningRelay;
let port: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  port = await freePort('127.0.0.1');
  relay = await startRelay({
    set: {
      'dns.servers': '127.0.0.1:9',
      'dns.dnssec_probe': '',
      'status.listen': `127.0.0.1:${port}`,
    },
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await relay?.[Symbol.asyncDispose]();
});

/** Says that, from that address. */
async function visitor(words: string, from = '127.0.0.1'): Promise<Visitor> {
  const visiting = await visit({ host: '127.0.0.1', port, localAddress: from }, words);
  sockets.push(visiting.socket);
  return visiting;
}

async function openFiles(): Promise<number> {
  return (await readdir(`/proc/${relay.pid}/fd`)).length;
}

describe('status.listen', () => {
  // Each of them waits for the same five seconds.
  it.concurrent.each([
    ['silent', ''],
    ['in the middle of a request line', 'GET /hea'],
    ['in the middle of a header', 'GET /health HTTP/1.1\r\nhost: x\r\nx-long: aaa'],
    ['in the middle of a body', 'POST /health HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nabc'],
  ])('hangs up on one that stops %s', async (_, words) => {
    const { closed } = await visitor(words);
    expect(await closed).toMatch(/^(?:$|HTTP\/1\.1 4)/);
  });

  it('answers one request a connection', async () => {
    const { closed } = await visitor('GET /health HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(3));
    const heard = await closed;
    expect(heard.match(/^HTTP/gm)).toHaveLength(1);
    expect(heard).toMatch(/^HTTP\/1\.1 200 .*connection: close/is);
  });

  it('does nothing of what comes behind a request before it is answered', async () => {
    // Each of them would be a line of the log.
    const wrong = 'GET /api/state HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer guessed\r\n\r\n';
    const { closed } = await visitor(wrong.repeat(50), '127.0.0.9');
    expect(await closed).toMatch(/^HTTP\/1\.1 401 /);
    expect(relay.matching(/token that nobody has, from 127\.0\.0\.9/)).toHaveLength(1);
  });

  it.each([
    ['POST /health', /^HTTP\/1\.1 405 .*allow: GET, HEAD/is],
    ['DELETE /metrics', /^HTTP\/1\.1 405 /],
    ['HEAD /health', /^HTTP\/1\.1 200 [^{]*$/s],
    ['GET /health?verbose', /^HTTP\/1\.1 200 .*"status":"ok"/s],
    ['GET /', /^HTTP\/1\.1 421 /],
    ['GET /none', /^HTTP\/1\.1 404 /],
    ['GET /metrics', /^HTTP\/1\.1 200 .*\nprocess_open_fds \d+\n/s],
    [`GET /${'a'.repeat(9_000)}`, /^HTTP\/1\.1 431 /],
    ['nonsense', /^HTTP\/1\.1 400 /],
  ])('answers %s', async (request, expected) => {
    const { closed } = await visitor(`${request} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(await closed).toMatch(expected);
  });

  it('gives one address so many connections, all together a few more, and leaves the rest of the files to mail', async () => {
    const before = await openFiles();
    const greedy = await Promise.all(
      Array.from({ length: MOST_OF_ADDRESS + 4 }, () => visitor('GET /', '127.0.0.2')),
    );
    const hungUp = (): number => greedy.filter(({ socket }) => socket.destroyed).length;
    await until(() => hungUp() >= 4, 'those beyond the limit of an address to be refused');
    const crowd = Array.from({ length: 100 }, (_, nth) => visitor('GET /', `127.0.0.${(nth % 10) + 3}`));
    await Promise.all(crowd);
    await until(
      async () => (await openFiles()) - before <= MOST_CONNECTIONS,
      'those beyond all limits to go',
    );
    // The socket of the operator has connections of its own.
    expect((await relay.health()).status).toBe(200);
    await until(async () => (await openFiles()) <= before, 'all of them to be gone');
  });
});

describe('the socket of the operator', () => {
  it('hangs up on one that says nothing, too', async () => {
    const socket = connect(join(relay.dataDir, 'relay.sock'));
    sockets.push(socket);
    socket.resume();
    await once(socket, 'close');
  });
});
