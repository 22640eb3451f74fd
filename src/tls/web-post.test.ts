import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { postOn, webPlaceOf, type Posted } from './web-post.ts';

const servers: (() => void)[] = [];
afterEach(() => {
  for (const stop of servers.splice(0)) stop();
});

/** What comes of a request to a server that does this once it has been asked; what it was asked, and its socket. */
async function posted(
  answer: (socket: Socket) => void,
  signal = new AbortController().signal,
): Promise<{ readonly posted: Posted; readonly asked: string; readonly isDestroyed: boolean }> {
  let asked = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (octets) => {
      asked += octets.toString();
      if (asked.endsWith('{}')) answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  servers.push(() => {
    socket.destroy();
    server.close();
  });
  const url = new URL(`http://receiver.test:${port}/a/b?c=d`);
  const result = await postOn(socket, url, { 'content-type': 'application/json' }, '{}', signal);
  return { posted: result, asked, isDestroyed: socket.destroyed };
}

test('postOn(): a status is all that is wanted, however long the answer is', async () => {
  const {
    posted: result,
    asked,
    isDestroyed,
  } = await posted((socket) => {
    socket.write('HTTP/1.1 202 Accepted\r\ncontent-length: 1000000\r\n\r\nx');
  });
  expect([result, isDestroyed]).toEqual([{ status: 202 }, true]);
  expect(asked).toMatch(/^POST \/a\/b\?c=d HTTP\/1\.1\r\nhost: receiver\.test:\d+\r\ncontent-length: 2\r\n/);
});

test.each<[string, string, Posted]>([
  ['a redirection', 'HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\n\r\n', { status: 302 }],
  [
    'another protocol',
    'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    { status: 101 },
  ],
  ['an end', '', { problem: 'socket hang up' }],
  [
    'headers without an end',
    `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    { problem: expect.stringContaining('Header overflow') as string },
  ],
])('postOn(): %s', async (_, octets, expected) => {
  const { posted: result } = await posted((socket) => socket.end(octets));
  expect(result).toEqual(expected);
});

test('postOn(): a server that says nothing is not waited for once nobody wants it', async () => {
  const stopping = new AbortController();
  const { posted: result } = await posted(() => stopping.abort(), stopping.signal);
  expect(result).toHaveProperty('problem');
});

test.each([
  ['https://receiver.test/x', 'receiver.test', 443],
  ['http://receiver.test/x', 'receiver.test', 80],
  ['https://[2001:db8::1]:8443/', '2001:db8::1', 8443],
  ['http://192.0.2.1:81', '192.0.2.1', 81],
])('webPlaceOf(%s)', (url, host, port) => {
  expect(webPlaceOf(new URL(url))).toEqual({ host, port });
});
