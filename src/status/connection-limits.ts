import type { Server, Socket } from 'node:net';

/** Most connections at the same time. Each takes a file descriptor that mail cannot use. */
export const MOST_CONNECTIONS = 32;
/** Most connections from one address. A browser has six at most, and several may come from one. */
export const MOST_OF_ADDRESS = 16;
/** Longest life of a connection, however slowly the answer is read. Streams are excepted. */
export const LONGEST_MS = 30_000;
/** Most answers of a server that are streams: these may stay for days. */
export const MOST_STREAMS = 16;

export interface ConnectionLimits {
  /** The connection may live as long as its reader keeps up. False if there are too many of these. */
  mayStream(socket: Socket): boolean;
}

/** Closes connections beyond the limits as they come. Those of a unix socket have no address to be counted by. */
export function limitConnections(server: Server): ConnectionLimits {
  const counts = new Map<string, number>();
  const deadlines = new WeakMap<Socket, NodeJS.Timeout>();
  let streams = 0;
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket) => {
    const timer = setTimeout(() => socket.destroy(), LONGEST_MS);
    deadlines.set(socket, timer);
    socket.on('close', () => clearTimeout(timer));
    const address = socket.remoteAddress;
    if (address === undefined) return;
    const count = (counts.get(address) ?? 0) + 1;
    if (count > MOST_OF_ADDRESS) {
      socket.destroy();
      return;
    }
    counts.set(address, count);
    socket.on('close', () => {
      const left = (counts.get(address) ?? 0) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
  });
  return {
    mayStream(socket) {
      if (streams >= MOST_STREAMS) return false;
      streams += 1;
      clearTimeout(deadlines.get(socket));
      socket.once('close', () => (streams -= 1));
      return true;
    },
  };
}
