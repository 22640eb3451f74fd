import type { Socket } from 'node:net';
import { Duplex, type Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createConnections } from './client-connection.ts';

/** A connection over a socket that is none, and a reader that is busy until it is told to go on. */
async function scene(piped: (to: Writable) => void = () => {}) {
  const sent: string[] = [];
  const read: string[] = [];
  let next = (): void => {};
  const socket = Object.assign(
    new Duplex({
      read() {},
      write(octets: Buffer, _, done) {
        sent.push(octets.toString());
        done();
      },
    }),
    { setNoDelay: () => {} },
  );
  const pipe = socket.pipe.bind(socket);
  socket.pipe = (to, options) => {
    piped(to as unknown as Writable);
    return pipe(to, options);
  };
  const open = createConnections({ hostname: 'relay.example', bug: (error) => sent.push(String(error)) });
  const connection = open(socket as unknown as Socket, {
    createReader: () => ({
      read(octets, done) {
        read.push(octets.toString());
        next = done;
      },
      ended: () => read.push('(ended)'),
    }),
    isServed: () => false,
    serve() {},
    reply() {},
    closed() {},
  });
  await new Promise<void>((resolve) => connection.open(resolve));
  return { connection, socket, sent, read, goOn: () => next() };
}

test('ClientConnection: replies that are held back leave in one write, and none stays behind', async () => {
  const { connection, sent } = await scene();
  connection.write('220 one');
  connection.cork();
  connection.write('250 two');
  connection.write('250 three');
  expect(sent).toEqual(['220 one\r\n']);
  connection.uncork();
  connection.cork();
  connection.write('221 four');
  connection.close();
  expect(sent).toEqual(['220 one\r\n', '250 two\r\n250 three\r\n', '221 four\r\n']);
});

test('ClientConnection: replies are not held back without end', async () => {
  const { connection, sent } = await scene();
  connection.cork();
  for (let times = 0; times < 1000; times += 1) connection.write('x'.repeat(98));
  expect(sent.join('').length).toBeGreaterThan(80_000);
});

test('ClientConnection: a reader that is busy gets the rest later, in order, and the socket waits', async () => {
  const { socket, read, goOn } = await scene();
  socket.push('a');
  await turn();
  for (const octets of ['b', 'c', 'x'.repeat(20_000), 'd']) {
    socket.push(octets);
    await turn();
  }
  expect([read, socket.isPaused()]).toEqual([['a'], true]);
  socket.push(null);
  for (let times = 0; times < 5; times += 1) {
    expect(read).not.toContain('(ended)');
    goOn();
    await turn();
  }
  await turn();
  expect(read).toEqual(['a', 'b', 'c', 'x'.repeat(20_000), 'd', '(ended)']);
});

test('ClientConnection: what comes in many pieces while the reader is busy needs no stack', async () => {
  const { socket, read, goOn } = await scene();
  for (let times = 0; times < 16_000; times += 1) socket.push('a');
  await turn();
  for (let times = 0; times < 16_000; times += 1) goOn();
  expect(read.join('').length).toBe(16_000);
});

test('ClientConnection: who fills the room as soon as there is some is told when there is more', async () => {
  const piped: Writable[] = [];
  const { read, goOn } = await scene((to) => piped.push(to));
  const parser = piped[0];
  if (parser === undefined) throw new Error('nothing was piped');
  const large = Buffer.alloc(20_000, 'x');
  const told: unknown[] = [];
  parser.on('drain', () => {
    told.push('room');
    if (told.length === 1) told.push(parser.write(large));
  });
  expect(parser.write(large)).toBe(false);
  goOn();
  goOn();
  expect(told).toEqual(['room', false, 'room']);
  expect(read).toEqual([large.toString(), large.toString()]);
});
