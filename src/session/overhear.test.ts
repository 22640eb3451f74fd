import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { longestFlightBytes } from './certificate-message.ts';
import { overhear } from './overhear.ts';

const madeOnIt = {
  on: () => {},
  off: () => {},
  getProtocol: () => 'TLSv1.2',
  getCipher: () => ({ name: 'ECDHE-RSA-AES256-GCM-SHA384' }),
} as unknown as TLSSocket;

function listening() {
  const socket = new Socket();
  socket.read = () => null;
  const overheard = overhear(socket);
  overheard.stream.resume();
  overheard.attach(madeOnIt);
  return { socket, overheard };
}

test.each([1, 1000, 8192, 100_000])(
  'overhear(): keeps what was said, in pieces of %i octets',
  async (size) => {
    const { socket, overheard } = listening();
    const said = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
    for (let at = 0; at < said.length; at += size) socket.emit('data', said.subarray(at, at + size));
    for (let turns = 0; turns < 50; turns += 1) await turn();
    const heard = overheard.take();
    expect(heard !== 'too long' && heard.octets.equals(said)).toBe(true);
  },
);

test('overhear(): octets that come one by one take no more room than others', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { socket } = listening();
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const octets = 100_000;
  for (let at = 0; at < octets; at += 1) {
    socket.emit('data', Buffer.alloc(1));
    if (at % 1000 === 0) await turn();
  }
  await turn();
  expect(used() - before).toBeLessThan(8 * octets);
});

test('overhear(): keeps nothing of what is longer than any handshake', () => {
  const { socket, overheard } = listening();
  for (let at = 0; at < longestFlightBytes; at += 1024) socket.emit('data', Buffer.alloc(1024));
  expect(overheard.take()).not.toBe('too long');
  const other = listening();
  for (let at = 0; at <= longestFlightBytes; at += 1024) other.socket.emit('data', Buffer.alloc(1024));
  expect(other.overheard.take()).toBe('too long');
});
