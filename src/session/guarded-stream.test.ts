import { once } from 'node:events';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { guardedStream, mostPerTurn, Refused } from './guarded-stream.ts';

/** A socket that nobody is at the other end of. */
function idle(): Socket {
  const socket = new Socket();
  socket.read = () => null;
  return socket;
}

/** What is handed on, by turns of the event loop. */
function listen(socket: Socket, refusal: Parameters<typeof guardedStream>[1] = () => undefined) {
  const turns: number[] = [];
  let turn = 0;
  let over = false;
  const nextTurn = (): void => {
    turn += 1;
    if (!over) setImmediate(nextTurn);
  };
  nextTurn();
  const stream = guardedStream(socket, refusal);
  const heard: Buffer[] = [];
  stream.on('data', (octets: Buffer) => {
    turns[turn] = (turns[turn] ?? 0) + octets.length;
    heard.push(octets);
  });
  stream.on('close', () => (over = true));
  return { stream, turns, heard };
}

describe('guardedStream()', () => {
  test('hands on what it is given, a few octets in each turn', async () => {
    const socket = idle();
    const { stream, turns, heard } = listen(socket);
    const octets = Buffer.from(Array.from({ length: 20 * mostPerTurn + 7 }, (_, at) => at % 251));
    socket.emit('data', octets);
    socket.emit('end');
    await once(stream, 'end');
    expect(Buffer.concat(heard).equals(octets)).toBe(true);
    expect(Math.max(...turns.filter((each) => each > 0))).toBe(mostPerTurn);
    stream.destroy();
  });

  test('hands on at once what an ordinary reply has', async () => {
    const socket = idle();
    const { stream, heard } = listen(socket);
    await turn();
    socket.emit('data', Buffer.alloc(mostPerTurn));
    expect(heard).toHaveLength(1);
    stream.destroy();
  });

  test.each(['close', 'error', 'end'] as const)('what has come is heard before the %s', async (event) => {
    const socket = idle();
    const { stream, heard } = listen(socket);
    const ended = new Promise<unknown>((resolve) => {
      for (const each of ['close', 'error', 'end']) stream.on(each, resolve);
    });
    const octets = Buffer.alloc(3 * mostPerTurn + 1, 1);
    socket.emit('data', octets);
    socket.emit(event, event === 'error' ? new Error('reset') : undefined);
    await ended;
    expect(Buffer.concat(heard)).toHaveLength(octets.length);
    stream.destroy();
  });

  test('hands on nothing of a piece that is refused, nor of what comes after it', async () => {
    const socket = idle();
    let pieces = 0;
    const { stream, heard } = listen(socket, () => ((pieces += 1) > 2 ? new Error('too much') : undefined));
    const failed = once(stream, 'error');
    socket.emit('data', Buffer.alloc(10 * mostPerTurn));
    const [error] = (await failed) as unknown[];
    expect(error).toBeInstanceOf(Refused);
    expect(error).toHaveProperty('message', 'too much');
    expect(heard).toHaveLength(2);
    expect(pieces).toBe(3);
    expect(socket.destroyed).toBe(true);
  });
});
