import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { guardedStream, octetsInTurn, type Gate } from './guarded-stream.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Both ends of a connection. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  far.on('error', () => undefined);
  return { near, far };
}

/** Lets everything pass, but for `stop`, at which it ends the connection, and `hold`, behind which all waits. */
function gateOf({ stop, hold }: { stop?: string; hold?: string } = {}): Gate & { open(): void } {
  const pieces: Buffer[] = [];
  let isHeld = false;
  const gate: Gate & { open(): void } = {
    enter: (octets) => void pieces.push(octets),
    next() {
      if (isHeld) return undefined;
      const piece = pieces.shift();
      if (stop !== undefined && piece?.includes(stop) === true) return new Error('stopped');
      isHeld = hold !== undefined && piece?.includes(hold) === true;
      return piece;
    },
    rest: () => Buffer.alloc(0),
    open() {
      isHeld = false;
      gate.onOpening?.();
    },
  };
  return gate;
}

const textOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

test('all passes in both directions, and so does the end', async () => {
  const { near, far } = await pair();
  const stream = guardedStream(near, gateOf());
  const heard = textOf(far);
  stream.write('that was all');
  const content = 'x'.repeat(300_000);
  far.end(content);
  expect(await textOf(stream)).toBe(content);
  expect(await heard).toBe('that was all');
  if (!near.closed) await once(near, 'close');
});

test('what is handed over together leaves together, and each part is told that it has left', async () => {
  const { near, far } = await pair();
  const stream = guardedStream(near, gateOf());
  const heard = textOf(far);
  const calls: string[] = [];
  for (const name of ['_write', '_writev'] as const) {
    const call = near[name]?.bind(near) as (...given: unknown[]) => void;
    near[name] = (...given: unknown[]) => {
      calls.push(name);
      call(...given);
    };
  }
  const told: string[] = [];
  stream.cork();
  for (const part of ['one ', 'two ', 'three']) stream.write(part, () => told.push(part));
  stream.uncork();
  await new Promise<void>((resolve) => void stream.end(resolve));
  expect(await heard).toBe('one two three');
  expect(calls).toEqual(['_writev']);
  expect(told).toEqual(['one ', 'two ', 'three']);
});

test('no more than so much at once, however much has come in', async () => {
  const { near, far } = await pair();
  const stream = guardedStream(near, gateOf());
  let atOnce = 0;
  let most = 0;
  let total = 0;
  stream.on('data', (octets: Buffer) => {
    // Comes as soon as whoever has called is through.
    if (atOnce === 0) queueMicrotask(() => (atOnce = 0));
    atOnce += octets.length;
    total += octets.length;
    most = Math.max(most, atOnce);
  });
  far.end(Buffer.alloc(1_000_000));
  await once(stream, 'end');
  expect(total).toBe(1_000_000);
  expect(most).toBeGreaterThanOrEqual(octetsInTurn);
  expect(most).toBeLessThan(2 * octetsInTurn);
});

test('nobody who does not read is given more than a buffer holds', async () => {
  const { near, far } = await pair();
  const stream = guardedStream(near, gateOf());
  far.write(Buffer.alloc(64 * 1024 * 1024));
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  expect(stream.readableLength).toBeLessThan(2 * octetsInTurn);
  expect(near.bytesRead).toBeLessThan(1024 * 1024);
  stream.destroy();
});

test('what the gate refuses ends the connection, and nobody sees it or what follows', async () => {
  const { near, far } = await pair();
  const stream = guardedStream(near, gateOf({ stop: 'bad' }));
  const seen: string[] = [];
  stream.on('data', (octets: Buffer) => seen.push(octets.toString()));
  far.write('good');
  await once(stream, 'data');
  far.write('bad');
  const [error] = (await once(stream, 'error')) as [Error];
  expect(error.message).toBe('stopped');
  expect(seen).toEqual(['good']);
  if (!near.closed) await once(near, 'close');
});

test('what waits passes when the gate says so, though nothing has come in', async () => {
  const { near, far } = await pair();
  const gate = gateOf({ hold: 'first' });
  const stream = guardedStream(near, gate);
  far.write('first');
  expect(String((await once(stream, 'data'))[0])).toBe('first');
  far.write('second');
  for (let turn = 0; near.bytesRead < 11 && turn < 1e6; turn += 1) await nextTurn();
  const passed = once(stream, 'data');
  gate.open();
  expect(String((await passed)[0])).toBe('second');
  stream.destroy();
});

test('guardedStream(): with waitsForReader, nothing is read while much of ours is unread', async () => {
  const { near, far } = await pair();
  const stream = guardedStream(near, gateOf(), { waitsForReader: true });
  const read: string[] = [];
  stream.on('data', (octets: Buffer) => read.push(octets.toString()));
  far.pause();
  while (near.writableLength <= 512 * 1024) {
    near.write(Buffer.alloc(64 * 1024));
    await nextTurn();
  }
  far.write('asks for more');
  while (near.bytesRead === 0) await nextTurn();
  for (let turns = 0; turns < 50; turns += 1) await nextTurn();
  expect(read).toEqual([]);
  far.resume();
  while (read.length === 0) await nextTurn();
  expect(read).toEqual(['asks for more']);
  stream.destroy();
  far.destroy();
});
